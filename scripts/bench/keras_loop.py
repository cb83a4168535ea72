"""Keras as its articles write it: a directory of images, a frozen base, a dense head, `fit`. Images only.

On TensorFlow where that is installed, else on torch. The network is torchvision's ResNet, with the weights of its file:
Keras's own ResNet-50 has its strides elsewhere, and would not be the same work.
"""

from __future__ import annotations

import contest

if __name__ == "__main__":
    ORDER = contest.parse(__doc__)

import os
import time
from importlib.util import find_spec
from typing import Any

BACKEND = os.environ.setdefault("KERAS_BACKEND", "tensorflow" if find_spec("tensorflow") else "torch")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from contest import MEAN, STD, Order  # noqa: E402
from keras import layers  # noqa: E402


class Ladder:
    """A ResNet built layer by layer; remembers which torch parameters each layer takes."""

    def __init__(self, state: dict[str, Any], trains: bool) -> None:
        self.state, self.trains, self.filled = state, trains, list[tuple[Any, list[Any]]]()

    def convolve(self, x: Any, conv: str, norm: str, stride: int = 1, *, relu: bool = True) -> Any:
        """A convolution and its batch norm, with torch's padding."""
        kernel = self.state[f"{conv}.weight"].transpose(2, 3, 1, 0)
        if (pad := kernel.shape[0] // 2) and stride > 1:
            x = layers.ZeroPadding2D(pad)(x)
        padding = "valid" if stride > 1 else "same"
        layer = layers.Conv2D(kernel.shape[-1], kernel.shape[0], stride, padding, use_bias=False)
        normal = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
        layer.trainable = normal.trainable = self.trains
        x = normal(layer(x))
        names = ("weight", "bias", "running_mean", "running_var")
        self.filled += [(layer, [kernel]), (normal, [self.state[f"{norm}.{name}"] for name in names])]
        return layers.ReLU()(x) if relu else x

    def block(self, x: Any, name: str, stride: int) -> Any:
        """A residual block, basic or bottleneck, whichever the weights are of."""
        count = 3 if f"{name}.conv3.weight" in self.state else 2
        y = x
        for number in range(1, count + 1):
            step = stride if number == count - 1 else 1
            y = self.convolve(y, f"{name}.conv{number}", f"{name}.bn{number}", step, relu=number < count)
        if f"{name}.downsample.0.weight" in self.state:
            x = self.convolve(x, f"{name}.downsample.0", f"{name}.downsample.1", stride, relu=False)
        return layers.ReLU()(layers.Add()([x, y]))


def network(order: Order) -> Any:
    """Pixels (B, size, size, 3) from 0 to 255 to probabilities."""
    import torch

    state = {name: value.numpy() for name, value in torch.load(order.model, weights_only=True).items()}
    ladder = Ladder(state, order.work.frozen == "none")
    inputs = keras.Input((order.image_size, order.image_size, 3))
    std = np.array(STD)
    x = layers.Rescaling((1 / (255 * std)).tolist(), (-np.array(MEAN) / std).tolist())(inputs)
    x = layers.ZeroPadding2D(1)(ladder.convolve(x, "conv1", "bn1", 2))
    x = layers.MaxPooling2D(3, 2)(x)
    for stage in range(1, 5):
        ladder.trains = order.work.frozen == "none" or (order.work.frozen == "part" and stage == 4)
        count = len({name.split(".")[1] for name in state if name.startswith(f"layer{stage}.")})
        for index in range(count):
            x = ladder.block(x, f"layer{stage}.{index}", 2 if stage > 1 and index == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    if order.work.hidden:
        x = layers.Dense(order.work.hidden, activation="relu")(x)
    net = keras.Model(inputs, layers.Dense(contest.outputs(order), activation="softmax")(x))
    for layer, weights in ladder.filled:
        layer.set_weights(weights)
    return net


def batches(order: Order, split: str) -> Any:
    """What `fit` takes: a directory of images; on torch, a loader of the same."""
    size = (order.image_size, order.image_size)
    if BACKEND == "tensorflow":
        return keras.utils.image_dataset_from_directory(
            order.data / split,
            image_size=size,
            batch_size=order.batch_size,
            crop_to_aspect_ratio=True,
            shuffle=split == "train",
        )
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    steps = [transforms.Resize(size), transforms.Lambda(lambda image: np.asarray(image, np.float32))]
    folder = datasets.ImageFolder(order.data / split, transforms.Compose(steps))
    return DataLoader(folder, batch_size=order.batch_size, shuffle=split == "train")


def main(order: Order) -> None:
    """Do the work and write the result."""
    if order.work.modality != "images":
        raise SystemExit("keras_loop.py does images only")
    keras.utils.set_random_seed(0)
    net = network(order)
    net.compile(
        keras.optimizers.Adam(order.work.rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    begin = time.perf_counter()
    history = net.fit(
        batches(order, "train"), validation_data=batches(order, "val"), epochs=order.epochs, verbose=2
    )
    training = time.perf_counter() - begin
    contest.finish(order, accuracy=history.history["val_accuracy"][-1], training=training)


if __name__ == "__main__":
    main(ORDER)
