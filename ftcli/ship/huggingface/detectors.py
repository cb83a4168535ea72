"""Writes networks that find boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ftcli.contracts import ImagePreprocess
from ftcli.models.detection.detector import LEAST_SCORE, MOST_DETECTIONS
from ftcli.models.detection.torchvision_network import TorchvisionDetector
from ftcli.models.pretrained.networks import quiet
from ftcli.models.pretrained.preprocessing import RESAMPLING
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface import torchvision_detectors
from ftcli.ship.huggingface.files import SETTINGS, copy_scripts, write_json
from ftcli.ship.huggingface.language import save_network


class DetectorWriter:
    """The `Writer` of the form "detector": that of the network's library."""

    def pipeline(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.pipeline`."""
        if isinstance(predictor.model.backbone, TorchvisionDetector):
            return torchvision_detectors.write(predictor, facts(predictor), folder)
        return _write(predictor, folder)

    def weights(self, predictor: Predictor, folder: Path) -> Sequence[str]:
        """See `Writer.weights`."""
        return self.pipeline(predictor, folder)


def facts(predictor: Predictor) -> dict[str, Any]:
    """What `predict.py` of every detector needs to know."""
    task: Any = predictor.task
    preprocess: Any = predictor.trained.caching.backbone.preprocess
    return {
        "image": asdict(preprocess),
        "step": predictor.model.backbone.step,
        "threshold": task._threshold,
        "least_score": LEAST_SCORE,
        "most": MOST_DETECTIONS,
    }


def _write(predictor: Predictor, folder: Path) -> list[str]:
    """A detector of transformers."""
    module: Any = predictor.model.backbone
    known, config = facts(predictor), module.net.config
    config.id2label = dict(enumerate(predictor.target.classes))
    config.label2id = {name: index for index, name in config.id2label.items()}
    with quiet():
        processor(predictor.trained.caching.backbone.preprocess, config).save_pretrained(folder)
        save_network(module.net, folder)
    settings = {"class": "AutoModelForObjectDetection", "pipeline": "object-detection", "masks": module.masks}
    write_json(folder / SETTINGS, {**settings, **known})
    copy_scripts(
        folder,
        {
            "predict": "predict_boxes",
            "load": "load_class",
            "images": "images",
            "whole_images": "whole_images",
        },
    )
    return []


def processor(preprocess: Any, config: Any) -> Any:
    """transformers' image processor for such networks, which resizes to nearly the same pixels."""
    from transformers import DetrImageProcessor
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING

    assert isinstance(preprocess, ImagePreprocess)
    known = IMAGE_PROCESSOR_MAPPING.get(type(config), None)
    usual = next(iter(known.values()), None) if isinstance(known, dict) else known
    made: Any = usual if hasattr(usual, "post_process_object_detection") else DetrImageProcessor
    sides = {"height": preprocess.resize, "width": preprocess.resize}
    whole = {"shortest_edge": preprocess.resize, "longest_edge": preprocess.longest}
    return made(
        size=sides if preprocess.squash else whole,
        resample=next(number for number, name in RESAMPLING.items() if name == preprocess.interpolation),
        do_normalize=True,
        image_mean=list(preprocess.mean),
        image_std=list(preprocess.std),
    )
