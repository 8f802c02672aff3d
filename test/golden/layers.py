"""Networks that are a chain of layers, named and set as in `cases/*.json`."""

import re

import torch
from torch import nn
from torch.nn import functional


class Scale(nn.Module):
    """A parameter for each value of a sample, so that layers without parameters have a gradient to pass on."""

    def __init__(self, shape):
        super().__init__()
        self.other = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return x * self.other


class Reshape(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(x.shape[0], *self.shape)


class Permute(nn.Module):
    def __init__(self, dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        return x.permute(self.dims)


class Pad(nn.Module):
    def __init__(self, padding, value=0):
        super().__init__()
        self.padding, self.value = padding, value

    def forward(self, x):
        return functional.pad(x, self.padding, value=self.value)


class OutputOnly:
    """Recurrent layers of PyTorch give their last states too."""

    def forward(self, x):
        return super().forward(x)[0]


class RNN(OutputOnly, nn.RNN):
    pass


class LSTM(OutputOnly, nn.LSTM):
    pass


class GRU(OutputOnly, nn.GRU):
    pass


OWN = {"Reshape": Reshape, "Permute": Permute, "Pad": Pad, "RNN": RNN, "LSTM": LSTM, "GRU": GRU}
# What Tributary calls otherwise.
OTHER_NAMES = {("LayerNorm", "affine"): "elementwise_affine"}


def layer(name, args, options=None):
    options = options or {}
    settings = {
        OTHER_NAMES.get((name, key), re.sub("[A-Z]", lambda capital: "_" + capital[0].lower(), key)): value
        for key, value in options.items()
    }
    if name in ("RNN", "LSTM", "GRU"):
        settings["batch_first"] = True
    if name == "Upsample":
        settings = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    args = [tuple(arg) if isinstance(arg, list) else arg for arg in args]
    return OWN.get(name, getattr(nn, name, None))(*args, **settings)


def chain(case):
    layers = [layer(*spec) for spec in case["layers"]]
    if case.get("scale"):
        layers.insert(0, Scale(case["inputs"][0]["shape"][1:]))
    return nn.Sequential(*layers)
