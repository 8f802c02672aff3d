"""Writes engine_step.json: what PyTorch computes for small networks, for the engine to be compared with.

Each case is a graph, its parameters, three batches and settings of torch.optim.SGD; it holds the outputs and the gradients
of the first batch and the parameters after a step on each. The numbers in the repository were made with PyTorch 2.15.0 on a
CPU, one thread:

    python engine_step.py > engine_step.json
"""

import json
import sys

import torch
from torch import nn

torch.manual_seed(7)
torch.set_num_threads(1)

PLAIN = {"learningRate": 0.1, "momentum": 0, "nesterov": False, "weightDecay": 0}
MOMENTUM = {"learningRate": 0.05, "momentum": 0.9, "nesterov": False, "weightDecay": 0}
NESTEROV = {"learningRate": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01}


def pair(value):
    return list(value) if isinstance(value, tuple) else [value, value]


def padding(value):
    height, width = pair(value)
    return [height, height, width, width]


def node_of(layer):
    """Name of the op in the catalogue, its attributes."""
    match layer:
        case nn.Conv2d():
            return "conv2d", {
                "stride": pair(layer.stride),
                "padding": padding(layer.padding),
                "dilation": pair(layer.dilation),
                "groups": 1,
            }
        case nn.MaxPool2d():
            op = "max_pool2d"
        case nn.AvgPool2d():
            op = "avg_pool2d"
        case nn.ReLU():
            return "relu", {}
        case nn.Flatten():
            return "flatten", {"startDim": layer.start_dim}
        case nn.Linear():
            return "linear", {}
        case nn.Softmax():
            return "softmax", {"dim": layer.dim}
        case nn.LogSoftmax():
            return "log_softmax", {"dim": layer.dim}
        case _:
            raise ValueError(layer)
    return op, {"kernel": pair(layer.kernel_size), "stride": pair(layer.stride), "padding": padding(layer.padding)}


def graph_of(layers, sample):
    nodes, value, x = [], "images", torch.zeros(1, *sample)
    for index, layer in enumerate(layers):
        x = layer(x)
        op, attributes = node_of(layer)
        nodes.append(
            {
                "name": f"n{index}",
                "op": op,
                "inputs": [value],
                "parameters": {role: f"{index}.{role}" for role, _ in layer.named_parameters()},
                "attributes": attributes,
                "shape": [-1, *x.shape[1:]],
                "module": str(index),
            }
        )
        value = f"n{index}"
    return {
        "name": "golden",
        "inputs": [{"name": "images", "shape": [-1, *sample]}],
        "nodes": nodes,
        "outputs": [value],
        "parameters": [
            {
                "name": name,
                "shape": list(parameter.shape),
                "initialiser": {"rule": "constant", "value": 0},
                "trainable": True,
            }
            for name, parameter in layers.named_parameters()
        ],
    }


def numbers(tensor):
    return [float(f"{value:.7g}") for value in tensor.detach().flatten().tolist()]


def named(model, of):
    return {name: numbers(of(parameter)) for name, parameter in model.named_parameters()}


def case(name, sample, loss, optimizer, *layers):
    model = nn.Sequential(*layers)
    size = 4
    batches = [((torch.randn(size, *sample) * 10).round() / 10, torch.randint(0, 5, (size,))) for _ in range(3)]
    criterion = nn.NLLLoss() if loss == "nll" else nn.CrossEntropyLoss()
    sgd = torch.optim.SGD(
        model.parameters(),
        lr=optimizer["learningRate"],
        momentum=optimizer["momentum"],
        nesterov=optimizer["nesterov"],
        weight_decay=optimizer["weightDecay"],
    )
    golden = {
        "name": name,
        "graph": graph_of(model, sample),
        "loss": loss,
        "optimizer": optimizer,
        "parameters": named(model, lambda parameter: parameter),
        "batches": [
            {"images": numbers(images), "shape": list(images.shape), "labels": labels.tolist()}
            for images, labels in batches
        ],
        "losses": [],
    }
    for step, (images, labels) in enumerate(batches):
        sgd.zero_grad()
        outputs = model(images)
        mean = criterion(outputs, labels)
        mean.backward()
        golden["losses"].append(float(f"{mean.item():.7g}"))
        if step == 0:
            golden["outputs"] = numbers(outputs)
            golden["gradients"] = named(model, lambda parameter: parameter.grad)
        sgd.step()
    golden["after"] = named(model, lambda parameter: parameter)
    return golden


def small_cnn(*last):
    """The twin of PySyft's MNIST network, made small; its pools differ, so that both kinds are in it."""
    return (
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 5), *last,
    )  # fmt: skip


image = (1, 14, 12)
cases = [
    case("small CNN, cross-entropy, plain SGD", image, "cross-entropy", PLAIN, *small_cnn()),
    case("small CNN, nll, plain SGD", image, "nll", PLAIN, *small_cnn(nn.LogSoftmax(1))),
    case("small CNN, cross-entropy, momentum", image, "cross-entropy", MOMENTUM, *small_cnn()),
    case("small CNN, nll, Nesterov and weight decay", image, "nll", NESTEROV, *small_cnn(nn.LogSoftmax(1))),
    case("padding as SAME", (2, 6, 5), "cross-entropy", PLAIN,
         nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 5, padding=2), nn.Flatten(), nn.Linear(60, 5)),
    case("padding that is not SAME", (2, 6, 5), "cross-entropy", PLAIN,
         nn.Conv2d(2, 3, 3, padding=(2, 0)), nn.Conv2d(3, 2, (4, 2), padding=1), nn.Flatten(), nn.Linear(56, 5)),
    case("stride", (2, 8, 9), "cross-entropy", PLAIN,
         nn.Conv2d(2, 3, 3, stride=(1, 2), padding=1), nn.Conv2d(3, 2, 2, stride=(3, 2)), nn.Flatten(), nn.Linear(12, 5)),
    case("dilation, no bias", (1, 9, 8), "cross-entropy", PLAIN,
         nn.Conv2d(1, 2, 3, dilation=(2, 1), bias=False), nn.Conv2d(2, 2, 2, dilation=(3, 2), padding=1),
         nn.Flatten(), nn.Linear(48, 5, bias=False)),
    case("overlapping and padded pools", (1, 9, 8), "cross-entropy", PLAIN,
         nn.Conv2d(1, 2, 2), nn.MaxPool2d(3, stride=2, padding=1), nn.AvgPool2d((2, 3), stride=1, padding=1),
         nn.Flatten(), nn.Linear(40, 5)),
    case("softmax over images, flattened in two steps", (2, 3, 4), "cross-entropy", PLAIN,
         nn.Conv2d(2, 3, 1), nn.Softmax(1), nn.LogSoftmax(2), nn.Flatten(2), nn.Flatten(), nn.Linear(36, 5)),
]  # fmt: skip
json.dump({"torch": torch.__version__.split("+")[0], "cases": cases}, sys.stdout, separators=(",", ":"))
