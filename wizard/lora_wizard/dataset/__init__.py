"""A folder of pictures becomes what will be trained: layout, captions, buckets, crops, batches.

Follows the folder layout, buckets and step counts of kohya-ss/sd-scripts. Never imports torch, and
never writes anything.
"""

from lora_wizard.dataset.buckets import bucket_problems, bucket_resolutions, choose_bucket
from lora_wizard.dataset.captions import read_captions
from lora_wizard.dataset.crop import CropPlan, crop_plan
from lora_wizard.dataset.epochs import (
    Batch,
    batches_per_epoch,
    epochs_needed,
    nearest_epochs,
    plan_epoch,
    steps_per_epoch,
)
from lora_wizard.dataset.facts import DatasetFacts, dataset_facts, tag_frequency
from lora_wizard.dataset.layout import find_folders
from lora_wizard.dataset.pictures import LoadedPicture, load_picture
from lora_wizard.dataset.records import Dataset, Folder, Picture, Size
from lora_wizard.dataset.regularisation import even_out
from lora_wizard.dataset.repeating import with_repeats
from lora_wizard.dataset.scan import scan
from lora_wizard.dataset.shaping import shape_caption
from lora_wizard.dataset.trigger import captioned, found_triggers, with_trigger

__all__ = [
    "Batch",
    "CropPlan",
    "Dataset",
    "DatasetFacts",
    "Folder",
    "LoadedPicture",
    "Picture",
    "Size",
    "batches_per_epoch",
    "bucket_problems",
    "bucket_resolutions",
    "captioned",
    "choose_bucket",
    "crop_plan",
    "dataset_facts",
    "epochs_needed",
    "even_out",
    "find_folders",
    "found_triggers",
    "load_picture",
    "nearest_epochs",
    "plan_epoch",
    "read_captions",
    "scan",
    "shape_caption",
    "steps_per_epoch",
    "tag_frequency",
    "with_repeats",
    "with_trigger",
]
