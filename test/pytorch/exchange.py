# python exchange.py run MODEL.safetensors INPUT.safetensors OUT.safetensors: the logits of a model of Tributary's in PyTorch.
# python exchange.py make FOLDER: a network of PyTorch's own with moved statistics, an input and its logits, in files.
import sys, torch
from torch import nn
from safetensors.torch import load_file, save_file


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.PReLU(6), nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3, stride=2, groups=2), nn.GroupNorm(2, 8), nn.GELU())
        self.lstm = nn.LSTM(4, 5, bidirectional=True, batch_first=True)
        self.norm = nn.LayerNorm(10)
        self.fc = nn.Linear(10, 4)

    def forward(self, x):
        x = self.features(x).flatten(2)
        return self.fc(self.norm(self.lstm(x)[0][:, -1]))


torch.manual_seed(1)
net = Net()
with torch.no_grad():
    if sys.argv[1] == "run":
        net.load_state_dict(load_file(sys.argv[2]))
        save_file({"logits": net.eval()(load_file(sys.argv[3])["input"])}, sys.argv[4])
    else:
        for _ in range(20):
            net(2 * torch.randn(8, 1, 12, 12) + 1)
        x = torch.randn(5, 1, 12, 12)
        save_file({k: v.contiguous() for k, v in net.state_dict().items()}, f"{sys.argv[2]}/model.safetensors")
        save_file({"input": x, "logits": net.eval()(x)}, f"{sys.argv[2]}/run.safetensors")
