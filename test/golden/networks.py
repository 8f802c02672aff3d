"""Networks that are more than a chain, and the five whole ones. `networks.ts` has the same in TypeScript."""

import operator

import torch
from torch import nn
from torch.nn import functional as F

OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "matmul": torch.matmul,
}
REDUCTIONS = {"mean": torch.mean, "sum": torch.sum, "max": torch.amax}
RECURRENT = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}


class Scalar(nn.Module):
    def __init__(self, op, number):
        super().__init__()
        self.fc = nn.Linear(6, 4)
        self.op, self.number = OPERATORS[op], number

    def forward(self, x):
        return self.op(self.fc(x), self.number)


class Both(nn.Module):
    def __init__(self, op):
        super().__init__()
        self.op = OPERATORS[op]

    def forward(self, a, b):
        return self.op(a, b)


class Parameter(nn.Module):
    def __init__(self, op, shape):
        super().__init__()
        self.op = OPERATORS[op]
        self.other = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return self.op(x, self.other)


class Concat(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, a, b):
        return torch.cat([a, F.relu(b), a], self.dim)


class Split(nn.Module):
    def __init__(self, sizes, dim):
        super().__init__()
        self.sizes, self.dim = sizes, dim

    def forward(self, x):
        return list(torch.split(x, self.sizes, self.dim))


class Narrow(nn.Module):
    def __init__(self, dim, start, length):
        super().__init__()
        self.place = dim, start, length

    def forward(self, x):
        return torch.narrow(x, *self.place)


class Reduce(nn.Module):
    def __init__(self, op, dims, keep_dim):
        super().__init__()
        self.op, self.dims, self.keep_dim = REDUCTIONS[op], dims, keep_dim

    def forward(self, x):
        return self.op(x, self.dims, keepdim=self.keep_dim)


class ReduceAfter(nn.Module):
    def __init__(self, op, dims, keep_dim):
        super().__init__()
        self.fc = nn.Linear(6, 4)
        self.reduce = Reduce(op, dims, keep_dim)

    def forward(self, x):
        return self.reduce(self.fc(x))


class States(nn.Module):
    """Both directions, first states made of the first step, everything given back."""

    def __init__(self, kind):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(3, 4)
        self.recurrent = RECURRENT[kind](3, 4, bidirectional=True, batch_first=True)

    def forward(self, x):
        a, b = self.first(x[:, 0]), self.second(x[:, 0])
        if isinstance(self.recurrent, nn.LSTM):
            output, (hidden, cell) = self.recurrent(x, (torch.stack([a, b]), torch.stack([b, a])))
            return [output, *hidden, *cell]
        output, hidden = self.recurrent(x, torch.stack([a, b]))
        return [output, *hidden]


class LastStates(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.recurrent = RECURRENT[kind](3, 4, num_layers=2, batch_first=True)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        _, last = self.recurrent(x)
        hidden = last[0] if isinstance(self.recurrent, nn.LSTM) else last
        return self.fc(hidden[-1])


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 3, 3, padding=1)
        self.conv2 = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + x)


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(2, 2, 1, stride=2)
        self.three = nn.Conv2d(2, 3, 3, stride=2, padding=1)
        self.fc = nn.Linear(63, 3)

    def forward(self, x):
        joined = torch.cat([self.one(x), self.three(x), F.avg_pool2d(x, 2)], 1)
        return self.fc(torch.flatten(joined, 1))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(torch.tanh(self.fc(x)))


class TwoByTwo(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 3)
        self.b = nn.Linear(2, 3)
        self.head = nn.Linear(3, 2)

    def forward(self, a, b):
        both = torch.tanh(self.a(a) + self.b(b))
        return [self.head(both), both * self.b(b)]


class Frozen(nn.Module):
    """A frozen batch norm's statistics move nevertheless."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)).requires_grad_(False)
        self.head = nn.Linear(27, 2)

    def forward(self, x):
        return self.head(torch.flatten(F.relu(self.body(x)), 1))


class FrozenBias(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 3)
        self.fc2 = nn.Linear(3, 2)
        self.fc2.bias.requires_grad_(False)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x)))


class Reused(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        y = self.fc(x)
        return y * torch.sigmoid(y) + y


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(6, 4), nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x):
        scores = torch.matmul(self.q(x), self.k(x).permute(0, 2, 1)) / 2
        return torch.matmul(torch.softmax(scores, -1), self.v(x))


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))))


class McMahanCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5, padding="same")
        self.conv2 = nn.Conv2d(32, 64, 5, padding="same")
        self.fc1, self.fc2 = nn.Linear(3136, 512), nn.Linear(512, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))


class Block(nn.Module):
    def __init__(self, inside, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.shortcut = None
        if stride != 1 or inside != out:
            self.shortcut = nn.Sequential(nn.Conv2d(inside, out, 1, stride=stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        inner = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(inner + (x if self.shortcut is None else self.shortcut(x)))


class ResnetSmall(nn.Module):
    """One block a stage, 8 channels wide."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8, 8, 1))
        self.layer2 = nn.Sequential(Block(8, 16, 2))
        self.layer3 = nn.Sequential(Block(16, 32, 2))
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class DoubleConv(nn.Module):
    def __init__(self, inside, out):
        super().__init__()
        self.conv1 = nn.Conv2d(inside, out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class UnetSmall(nn.Module):
    """Four channels wide at the top."""

    def __init__(self):
        super().__init__()
        self.down1, self.down2, self.bottom = DoubleConv(1, 4), DoubleConv(4, 8), DoubleConv(8, 16)
        self.up2 = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.join2 = DoubleConv(16, 8)
        self.up1 = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.join1 = DoubleConv(8, 4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        first = self.down1(x)
        second = self.down2(F.max_pool2d(first, 2))
        x = self.bottom(F.max_pool2d(second, 2))
        x = self.join2(torch.cat([self.up2(x), second], 1))
        return self.head(self.join1(torch.cat([self.up1(x), first], 1)))


class CharLstm(nn.Module):
    """20 characters, 16 units."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True)
        self.fc = nn.Linear(16, 20)

    def forward(self, x):
        return self.fc(self.lstm(self.embedding(x))[0][:, -1])


NETWORKS = {
    made.__name__: made
    for made in (
        Scalar, Both, Parameter, Concat, Split, Narrow, Reduce, ReduceAfter, States, LastStates, Residual, Branches, Shared,
        TwoByTwo, Frozen, FrozenBias, Reused, Attention, LeNet5, McMahanCnn, ResnetSmall, UnetSmall, CharLstm,
    )
}  # fmt: skip
