"""A LoRA on a whole model: putting on and taking off, optimizer groups, state, distance."""

import copy

import pytest
import torch
from torch import nn

from lora_wizard.errors import LoraFileError, RecipeError
from lora_wizard.lora import LoraNetwork, attach
from lora_wizard.recipe import NetworkSettings, TrainingSettings

from .tiny import Nested, predict, predict_sdxl, stir, tiny_sdxl_unet, tiny_text_encoder, tiny_unet
from .tiny import tiny_second_text_encoder as second_encoder

SMALL = NetworkSettings(rank=4, alpha=2)
LOCON = NetworkSettings(rank=4, alpha=2, conv_rank=3, conv_alpha=1.5)


@pytest.fixture
def unet() -> nn.Module:
    return tiny_unet()


@pytest.fixture
def encoder() -> nn.Module:
    return tiny_text_encoder()


def put_on(unet: nn.Module, encoder: nn.Module, settings: NetworkSettings = SMALL) -> LoraNetwork:
    network = attach(unet, [encoder], settings, seed=1)
    stir(network.parameters())
    return network


def test_a_fresh_lora_changes_nothing_but_rounding(unet: nn.Module, encoder: nn.Module) -> None:
    before = predict(unet, encoder)
    network = attach(unet, [encoder], LOCON, seed=1)
    torch.testing.assert_close(predict(unet, encoder), before, rtol=1e-4, atol=1e-5)
    assert network.moved() == 0


@pytest.mark.parametrize("settings", [SMALL, LOCON])
def test_detaching_restores_the_model_exactly(
    unet: nn.Module, encoder: nn.Module, settings: NetworkSettings
) -> None:
    encoder.requires_grad_(False)
    models = {"unet": unet, "encoder": encoder}
    before = predict(unet, encoder)
    flags = {k: [p.requires_grad for p in m.parameters()] for k, m in models.items()}
    attributes = {k: [sorted(m.__dict__) for m in model.modules()] for k, model in models.items()}
    weights = {k: copy.deepcopy(m.state_dict()) for k, m in models.items()}
    network = put_on(unet, encoder, settings)
    assert not torch.equal(predict(unet, encoder), before)
    assert not any(p.requires_grad for p in unet.parameters())
    assert list(unet.state_dict()) == list(weights["unet"])
    network.detach()
    network.detach()
    assert torch.equal(predict(unet, encoder), before)
    for name, model in models.items():
        assert [p.requires_grad for p in model.parameters()] == flags[name]
        assert [sorted(m.__dict__) for m in model.modules()] == attributes[name]
        assert all(torch.equal(v, weights[name][k]) for k, v in model.state_dict().items())


def test_strength_zero_draws_the_base_to_the_bit(unet: nn.Module, encoder: nn.Module) -> None:
    before = predict(unet, encoder)
    network = put_on(unet, encoder)
    whole = predict(unet, encoder)
    network.multiplier = 0.0
    assert torch.equal(predict(unet, encoder), before)
    network.multiplier = 1.0
    assert torch.equal(predict(unet, encoder), whole)


def test_it_equals_a_model_with_the_changes_in_its_weights(
    unet: nn.Module, encoder: nn.Module
) -> None:
    merged_unet, merged_encoder = copy.deepcopy(unet), copy.deepcopy(encoder)
    network = put_on(unet, encoder, LOCON)
    network.multiplier = 0.7
    layers = dict(merged_unet.named_modules())
    layers = {f"lora_unet_{k.replace('.', '_')}": v for k, v in layers.items()}
    for path, module in merged_encoder.named_modules():
        inner = path.removeprefix("text_model.").replace(".", "_")
        layers[f"lora_te_text_model_{inner}"] = module
    with torch.no_grad():
        for name, adapter in network.modules.items():
            weight = layers[name].get_parameter("weight")
            change = adapter.up.flatten(1) @ adapter.down.flatten(1)
            weight += 0.7 * adapter.alpha / adapter.rank * change.view(weight.shape)
    merged = predict(merged_unet, merged_encoder)
    torch.testing.assert_close(predict(unet, encoder), merged, rtol=1e-4, atol=1e-4)


def test_a_step_of_training_lowers_the_loss(unet: nn.Module, encoder: nn.Module) -> None:
    network = attach(unet, [encoder], SMALL, seed=1)
    optimizer = torch.optim.AdamW(network.parameter_groups(TrainingSettings(learning_rate=1e-2)))
    losses = []
    for _ in range(4):
        loss = predict(unet, encoder).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses == sorted(losses, reverse=True)
    assert network.moved() > 0


def test_both_layouts_of_transformers_give_the_same_lora(unet: nn.Module) -> None:
    encoder = tiny_text_encoder()
    flat = attach(unet, [encoder], SMALL, seed=1)
    nested = attach(tiny_unet(), [Nested(tiny_text_encoder())], SMALL, seed=1)
    ours, theirs = flat.tensors(), nested.tensors()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_sdxl_trains_both_text_encoders() -> None:
    unet, encoders = tiny_sdxl_unet(), [tiny_text_encoder(), second_encoder()]
    before = predict_sdxl(unet, encoders)
    network = attach(unet, encoders, LOCON, seed=1)
    stir(network.parameters(), size=0.3)
    after = predict_sdxl(unet, encoders)
    after.square().mean().backward()
    assert not torch.allclose(before, after)
    groups = network.parameter_groups(TrainingSettings())
    assert [len(group["params"]) for group in groups] == [48, 2 * (len(network.modules) - 24)]
    # The last layer of each encoder is not read by SDXL.
    read = [n for n in network.modules if not (n.startswith("lora_te") and "layers_1_" in n)]
    assert all(network.modules[name].up.grad is not None for name in read)


def test_the_seed_decides_the_first_values() -> None:
    first, again, other = (
        attach(tiny_unet(), [tiny_text_encoder()], SMALL, seed=seed).tensors() for seed in (3, 3, 4)
    )
    name = "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])
    bound = 1 / 12**0.5
    assert float(first[name].abs().max()) <= bound
    assert float(first[name].std()) == pytest.approx(bound / 3**0.5, rel=0.25)


def test_rates_fall_back_and_a_rate_of_zero_leaves_a_part_out(
    unet: nn.Module, encoder: nn.Module
) -> None:
    network = attach(unet, [encoder], SMALL)
    groups = network.parameter_groups(TrainingSettings(learning_rate=3e-4, text_encoder_lr=5e-5))
    assert [(group["name"], group["lr"]) for group in groups] == [
        ("text_encoder", 5e-5),
        ("unet", 3e-4),
    ]
    groups = network.parameter_groups(TrainingSettings(text_encoder_lr=0))
    assert [group["name"] for group in groups] == ["unet"]
    predict(unet, encoder).sum().backward()
    assert all(parameter.grad is None for parameter in network.parameters("text_encoder"))
    assert all(parameter.grad is not None for parameter in network.parameters("unet"))


def test_nothing_to_train_is_an_error(unet: nn.Module, encoder: nn.Module) -> None:
    network = attach(unet, [encoder], SMALL)
    with pytest.raises(RecipeError, match="learning rate 0"):
        network.parameter_groups(TrainingSettings(learning_rate=0))


def test_convolutions_take_their_own_rank_and_alpha(unet: nn.Module, encoder: nn.Module) -> None:
    tensors = attach(unet, [encoder], LOCON).tensors()
    block = "lora_unet_down_blocks_0"
    shapes = {
        f"{block}_attentions_0_proj_in": ((4, 8, 1, 1), (8, 4, 1, 1), 2),
        f"{block}_attentions_0_transformer_blocks_0_attn2_to_k": ((4, 12), (8, 4), 2),
        f"{block}_resnets_0_conv1": ((3, 8, 3, 3), (8, 3, 1, 1), 1.5),
        f"{block}_downsamplers_0_conv": ((3, 8, 3, 3), (8, 3, 1, 1), 1.5),
        f"{block}_resnets_0_time_emb_proj": ((4, 32), (8, 4), 2),
        "lora_unet_down_blocks_1_resnets_0_conv_shortcut": ((4, 8, 1, 1), (16, 4, 1, 1), 2),
    }
    for name, (down, up, alpha) in shapes.items():
        assert tuple(tensors[f"{name}.lora_down.weight"].shape) == down
        assert tuple(tensors[f"{name}.lora_up.weight"].shape) == up
        assert tensors[f"{name}.alpha"].shape == ()
        assert float(tensors[f"{name}.alpha"]) == alpha


def test_moved_is_the_norm_of_the_change_over_the_norm_of_the_weights(
    unet: nn.Module, encoder: nn.Module
) -> None:
    network = put_on(unet, encoder, LOCON)
    change, base = 0.0, 0.0
    for name, adapter in network.modules.items():
        product = adapter.up.flatten(1) @ adapter.down.flatten(1) * adapter.alpha / adapter.rank
        change += float(product.detach().square().sum())
        base += float(network.weight(name).square().sum())
    assert network.moved() == pytest.approx((change / base) ** 0.5, rel=1e-4)


def test_a_state_comes_back_to_the_bit(unet: nn.Module, encoder: nn.Module) -> None:
    network = put_on(unet, encoder, LOCON)
    kept, seen = network.tensors(), predict(unet, encoder)
    stir(network.parameters(), seed=30)
    network.load_tensors(kept)
    assert torch.equal(predict(unet, encoder), seen)
    assert all(torch.equal(kept[name], now) for name, now in network.tensors().items())


def test_going_on_with_another_alpha_keeps_the_change(unet: nn.Module, encoder: nn.Module) -> None:
    first = put_on(unet, encoder)
    seen, kept = predict(unet, encoder), first.tensors()
    first.detach()
    second = attach(unet, [encoder], NetworkSettings(rank=4, alpha=8))
    second.load_tensors(kept)
    torch.testing.assert_close(predict(unet, encoder), seen, rtol=1e-4, atol=1e-5)


def test_a_state_that_does_not_fit_changes_nothing(unet: nn.Module, encoder: nn.Module) -> None:
    other = attach(tiny_unet(), [tiny_text_encoder()], NetworkSettings(rank=5, alpha=2)).tensors()
    network = put_on(unet, encoder)
    before = network.tensors()
    with pytest.raises(LoraFileError, match=r"(?s)does not fit.*\(5, 12\).*\(4, 12\).*more"):
        network.load_tensors(other)
    with pytest.raises(LoraFileError, match="is missing"):
        network.load_tensors({})
    with pytest.raises(LoraFileError, match="is not trained here"):
        network.load_tensors({**before, "lora_unet_other.alpha": torch.tensor(1.0)})
    assert all(torch.equal(before[name], now) for name, now in network.tensors().items())


def test_going_on_from_a_lora_of_one_part_leaves_the_other_fresh(
    unet: nn.Module, encoder: nn.Module
) -> None:
    network = put_on(unet, encoder)
    kept = network.tensors()
    text = {name: value for name, value in kept.items() if name.startswith("lora_te_")}
    stir(network.parameters(), seed=40)
    network.load_tensors(text, partial=True)
    now = network.tensors()
    assert all(torch.equal(now[name], value) for name, value in text.items())
    name = "lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"
    assert not torch.equal(now[name], kept[name])
