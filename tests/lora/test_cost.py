"""The plan that is chosen for the shapes that matter."""

from hypothesis import given
from hypothesis import strategies as some

from lora_wizard.lora.cost import PLANS, Plan, choose_plan, extra_work, product

NEEDS = {"input_gradient": True, "factor_gradient": True}


def test_many_tokens_at_high_rank_take_the_whole_weight() -> None:
    assert choose_plan(1024, 320, 320, 128, may_merge=True, **NEEDS) == Plan(True, True)


def test_few_tokens_take_the_small_products() -> None:
    assert choose_plan(77, 768, 768, 128, may_merge=True, **NEEDS) == Plan(False, False)


def test_widening_layers_merge_the_values_but_not_the_gradient() -> None:
    assert choose_plan(1024, 320, 2560, 128, may_merge=True, **NEEDS) == Plan(True, False)


def test_where_rounding_forbids_it_nothing_is_merged() -> None:
    assert not choose_plan(4096, 320, 320, 128, may_merge=False, **NEEDS).merged


def test_drawing_takes_no_gradient_into_account() -> None:
    plan = choose_plan(
        77, 768, 768, 128, input_gradient=False, factor_gradient=False, may_merge=True
    )
    assert plan == Plan(False, False)


def test_the_small_products_alone_cost_three_passes_each_way() -> None:
    work = extra_work(Plan(False, False), 100, 30, 20, 4, **NEEDS)
    assert work == 3 * (product(100, 30, 4) + product(100, 20, 4))


def test_the_whole_weight_costs_its_gradient_and_three_products_of_the_factors() -> None:
    work = extra_work(Plan(True, True), 100, 30, 20, 4, **NEEDS)
    assert work == product(20, 100, 30) + 3 * product(20, 4, 30)


@given(*[some.integers(1, 5000)] * 4, some.booleans(), some.booleans())
def test_no_other_plan_is_cheaper(
    tokens: int, inputs: int, outputs: int, rank: int, input_gradient: bool, factor_gradient: bool
) -> None:
    needs = {"input_gradient": input_gradient, "factor_gradient": factor_gradient}
    best = choose_plan(tokens, inputs, outputs, rank, may_merge=True, **needs)
    cost = extra_work(best, tokens, inputs, outputs, rank, **needs)
    assert all(cost <= extra_work(p, tokens, inputs, outputs, rank, **needs) for p in PLANS)
