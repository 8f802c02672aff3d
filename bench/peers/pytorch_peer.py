"""The same networks on the same batches in PyTorch: the peer of `bench local-training` and `bench inference`.

Usage: python pytorch_peer.py MODE MODEL BATCH THREADS STEPS SHAPE < images+labels
MODE: training or inference. SHAPE: of one image, as 1x28x28.
Standard input: STEPS * BATCH images (float32, normalised), then as many labels (int32).
Each line of standard input after the data asks for one measured pass; it answers with one JSON line.
"""
import json, math, sys, time
import torch
from torch import nn

mode, model_name = sys.argv[1], sys.argv[2]
batch, threads, steps = (int(argument) for argument in sys.argv[3:6])
shape = [int(size) for size in sys.argv[6].split("x")]
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)


class Block(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Identity()
        if stride != 1 or channels != width:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        inner = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(inner + self.shortcut(x))


def stage(channels, width, stride):
    return nn.Sequential(Block(channels, width, stride), Block(width, width, 1), Block(width, width, 1))


MODELS = {
    "mcmahan-cnn": lambda: nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10)),
    "mcmahan-2nn": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, 10)),
    "pysyft-cnn": lambda: nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10)),
    "lenet5": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    "resnet-small": lambda: nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), stage(16, 16, 1), stage(16, 32, 2),
        stage(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)),
}
if model_name not in MODELS:
    sys.exit(f"the peer has no {model_name}; it has {', '.join(MODELS)}")
count = batch * steps
data = sys.stdin.buffer.read(count * math.prod(shape) * 4)
images = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(count, *shape)
labels = torch.frombuffer(bytearray(sys.stdin.buffer.read(count * 4)), dtype=torch.int32).long()
torch.manual_seed(1)
model = MODELS[model_name]()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)


def train():
    for step in range(steps):
        part = slice(step * batch, (step + 1) * batch)
        optimizer.zero_grad()
        loss = loss_function(model(images[part]), labels[part])
        loss.backward()
        optimizer.step()


def infer():
    model.eval()
    with torch.inference_mode():
        for step in range(steps):
            model(images[step * batch:(step + 1) * batch]).numpy()


work = {"training": train, "inference": infer}[mode]
print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin.buffer:
    began = time.perf_counter()
    work()
    print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
