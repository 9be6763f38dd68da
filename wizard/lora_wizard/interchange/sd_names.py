"""Settings of sd-scripts that a recipe has nothing for; the programs around it use them too."""

from __future__ import annotations

from lora_wizard.interchange.table import names

MACHINERY = names(
    """
    async_upload blocks_to_swap cache_info cache_latents cache_latents_to_disk
    cache_text_encoder_outputs cache_text_encoder_outputs_to_disk config_file console_log_file
    console_log_level
    console_log_simple cpu_offload_checkpointing ddp_bucket_view ddp_gradient_as_bucket_view
    ddp_static_graph ddp_timeout deepspeed disable_mmap_load_safetensors dynamo_backend fp8_base
    fp8_base_unet full_bf16 full_fp16 highvram huggingface_path_in_repo huggingface_repo_id
    huggingface_repo_type huggingface_repo_visibility initial_epoch initial_step log_config
    log_prefix log_tracker_config log_tracker_name logging_dir lowram
    max_data_loader_n_workers mem_eff_attn no_half_vae offload_optimizer_device output_config
    output_dir persistent_data_loader_workers resume resume_from_huggingface save_last_n_epochs
    save_last_n_epochs_state save_last_n_steps save_last_n_steps_state save_model_as
    save_n_epoch_ratio save_state save_state_on_train_end save_state_to_huggingface sdpa
    skip_cache_check skip_until_initial_step tokenizer_cache_dir torch_compile upcast_attention
    dataset_class fp16_master_weights_and_gradients fused_backward_pass model_type
    offload_optimizer_nvme_path offload_param_device offload_param_nvme_path save_clip save_t5xxl
    t5xxl_device t5xxl_dtype text_encoder_batch_size use_safetensors zero3_save_16bit_model
    vae_batch_size wandb_run_name xformers zero3_init_flag zero_stage
    """
)
"""Speed, memory, logging and where files go."""

LOST = names(
    """
    adaptive_noise_scale apply_lg_attn_mask apply_t5_attn_mask base_weights
    base_weights_multiplier color_aug
    conditioning_data_dir debug_dataset dim_from_weights face_crop_aug_range in_json
    lr_scheduler_min_lr_ratio lr_scheduler_timescale masked_loss
    max_validation_steps metadata_author metadata_description
    metadata_license metadata_tags metadata_title random_crop resize_interpolation
    sample_at_first sample_sampler secondary_separator token_string token_warmup_min
    token_warmup_step v_pred_like_loss weighted_captions
    ae clip_g clip_g_dropout_rate clip_l clip_l_dropout_rate controlnet_model_name_or_path
    dataset_repeats stop_text_encoder_training train_inpainting
    discrete_flow_shift enable_scaled_pos_embed guidance_scale logit_mean logit_std
    lr_decay_steps metadata_is_negative_embedding metadata_merged_from metadata_preprocessor
    metadata_thumbnail metadata_trigger_phrase metadata_usage_hint mode_scale
    model_prediction_type pos_emb_random_crop_rate sigmoid_scale t5_dropout_rate t5xxl
    t5xxl_max_token_length timestep_sampling training_shift weighting_scheme
    """
)
"""What changes the result, or the file."""

RUNS_CODE = ("lr_scheduler_type", "lr_scheduler_args", "additional_parameters", "trigger_script")
"""What names code to be run, or holds a command line."""
