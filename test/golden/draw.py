"""Numbers that PyTorch and Tributary make alike, so that the fixtures need not hold inputs and parameters.

`draw.ts` is the twin of this file. A tensor's numbers come from xorshift32 (Marsaglia 2003), seeded with FNV-1a of the case's
name and the tensor's; a draw is the upper 24 bits as a number from -1 to below 1. Whatever is done to it is exact in float32,
but for the values "share".
"""

import math

import torch


def uniform(seed, count):
    state = 0x811C9DC5
    for byte in seed.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    state = state or 1
    numbers = []
    for _ in range(count):
        state ^= (state << 13) & 0xFFFFFFFF
        state ^= state >> 17
        state ^= (state << 5) & 0xFFFFFFFF
        numbers.append(state)
    return numbers


VALUES = {
    "uniform": lambda u: 2 * u,
    "coarse": lambda u: math.floor(4 * u) / 2,
    "negative": lambda u: -1.25 - u,
    "far": lambda u: 64 * u,
    "share": lambda u: 0.5 + 0.45 * u,
}


def values(case, name, spec):
    """What a case's `inputs` or `target` asks for."""
    kind = spec.get("values", "uniform")
    drawn = uniform(f"{case} {name}", math.prod(spec["shape"]))
    if kind == "index":
        return torch.tensor([bits % spec["below"] for bits in drawn]).reshape(spec["shape"])
    return torch.tensor([VALUES[kind]((bits >> 8) / 2**23 - 1) for bits in drawn]).reshape(spec["shape"])


def parameter(case, name, shape):
    """Parameters and buffers, in sizes that let a network learn."""
    drawn = [(bits >> 8) / 2**23 - 1 for bits in uniform(f"{case} {name}", math.prod(shape))]
    if name.endswith("other"):
        made = [1.5 + math.floor(2 * u) / 2 for u in drawn]
    elif len(shape) > 1:
        # Uniform on a power of two, from 1 / sqrt(inputs) to below 2 / sqrt(inputs).
        fan_in = math.prod(shape[1:])
        halvings = 0
        while 4 ** (halvings + 1) <= fan_in:
            halvings += 1
        made = [u / 2**halvings for u in drawn]
    elif name.endswith("running_var") or name.split(".")[-1] == "weight":
        made = [1 + u / 4 for u in drawn]
    else:
        made = [u / 4 for u in drawn]
    return torch.tensor(made).reshape(shape)
