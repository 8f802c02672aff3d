# python score.py MODEL.safetensors MNIST_FOLDER: the accuracy of a model of Tributary's in PyTorch.
import gzip, json, sys, numpy as np, torch, torch.nn.functional as F
from safetensors.torch import load_file
p = load_file(sys.argv[1])
x = np.frombuffer(gzip.open(f"{sys.argv[2]}/t10k-images-idx3-ubyte.gz").read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
y = torch.from_numpy(np.frombuffer(gzip.open(f"{sys.argv[2]}/t10k-labels-idx1-ubyte.gz").read(), np.uint8, offset=8).astype(np.int64))
x = (torch.from_numpy(x.copy()).float() / 255 - 0.1307) / 0.3081
h = F.max_pool2d(F.relu(F.conv2d(x, p["conv1.weight"], p["conv1.bias"])), 2)
h = F.max_pool2d(F.relu(F.conv2d(h, p["conv2.weight"], p["conv2.bias"])), 2).flatten(1)
z = F.linear(F.relu(F.linear(h, p["fc1.weight"], p["fc1.bias"])), p["fc2.weight"], p["fc2.bias"])
print(json.dumps({"accuracy": (z.argmax(1) == y).float().mean().item(), "shapes": {k: list(v.shape) for k, v in p.items()}}))
