"""A convolutional network of the size of ResNet-50: images of 224 x 224 in, 1,000 classes out, by batch.

Four groups of 3, 4, 6 and 3 bottleneck blocks (1 x 1, 3 x 3, 1 x 1) after a 7 x 7 convolution, as in He et al., Deep
Residual Learning for Image Recognition (2015), with the stride at the 3 x 3; 25.6 million random weights. bf16 with
channels last on a GPU, float32 on a CPU. `--size tiny` has one narrow block a group, and images of 32 x 32.
"""

import common

# Blocks of each group, channels of the first, side of the image, classes.
SIZES = {"base": ((3, 4, 6, 3), 64, 224, 1000), "tiny": ((1, 1, 1, 1), 8, 32, 10)}


def build(program):
    """The network, and its plain reference in float32, channels first, with the same weights."""
    torch = program.torch
    nn = torch.nn
    groups, channels, _, classes = SIZES[program.size]

    def convolution(inner, outer, side, stride=1):
        plain = nn.Conv2d(inner, outer, side, stride, padding=side // 2, bias=False)
        nn.init.kaiming_normal_(plain.weight, mode="fan_out", nonlinearity="relu")
        return [plain, nn.BatchNorm2d(outer)]

    class Block(nn.Module):
        def __init__(self, inner, narrow, stride):
            super().__init__()
            outer = 4 * narrow
            self.path = nn.Sequential(
                *convolution(inner, narrow, 1),
                nn.ReLU(),
                *convolution(narrow, narrow, 3, stride),
                nn.ReLU(),
                *convolution(narrow, outer, 1),
            )
            # A small share of each block is added, so that sums of 16 blocks stay near 1.
            nn.init.constant_(self.path[-1].weight, 0.25)
            same = inner == outer and stride == 1
            self.beside = nn.Identity() if same else nn.Sequential(*convolution(inner, outer, 1, stride))

        def forward(self, x):
            return nn.functional.relu(self.path(x) + self.beside(x))

    def network():
        parts = [*convolution(3, channels, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
        inner = channels
        for group, blocks in enumerate(groups):
            narrow = channels << group
            for block in range(blocks):
                parts.append(Block(inner, narrow, 2 if group > 0 and block == 0 else 1))
                inner = 4 * narrow
        parts += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inner, classes)]
        return nn.Sequential(*parts).eval()

    with program.placed():
        model, reference = network().to(program.type), network()
    reference.load_state_dict(model.state_dict())
    return model.to(memory_format=torch.channels_last), reference


def main():
    program = common.start(__doc__, {"batch": [1]}, samples=30)
    model, reference = build(program)
    model = program.compiled(model)
    side = SIZES[program.size][2]
    for batch in program.options.batch:
        case = {"batch": batch}
        program.begin()
        images = program.random(batch, 3, side, side).to(memory_format=program.torch.channels_last)
        program.verify(lambda: model(images), lambda: reference(images.float().contiguous()), case)
        program.begin()
        program.measure(lambda: model(images), case)


main()
