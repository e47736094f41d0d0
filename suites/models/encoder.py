"""A transformer encoder of the size of BERT base: latency and throughput by batch and sequence.

12 layers of width 768 with 12 heads and a hidden width of 3,072, layer norm before each part, GELU, vectors of 768 in
and out; 85 million random weights. bf16 on a GPU, float32 on a CPU. `--size tiny` has 2 layers of width 64.
"""

import common

SIZES = {"base": (12, 768, 12), "tiny": (2, 64, 4)}


def build(program):
    """The encoder, and its plain reference in float32 with the same weights: both take [batch, place, width]."""
    torch = program.torch
    nn = torch.nn
    layers, width, heads = SIZES[program.size]
    fused = common.fused_attention(torch)

    def plain(query, key, value):
        return common.attend(torch, query, key, value)

    class Layer(nn.Module):
        def __init__(self, attention):
            super().__init__()
            self.attention = attention
            self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
            self.project, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
            common.sharpen(torch, self.project)
            self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            batch, places, _ = x.shape
            parts = self.project(self.before(x)).view(batch, places, 3, heads, width // heads)
            query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
            attended = self.attention(query, key, value).transpose(1, 2).reshape(batch, places, width)
            x = x + self.join(attended)
            return x + self.narrow(nn.functional.gelu(self.widen(self.between(x))))

    def encoder(attention, type):
        with program.placed():
            stack = nn.Sequential(*[Layer(attention) for _ in range(layers)], nn.LayerNorm(width))
        return stack.to(program.device, type).eval()

    model = encoder(fused, program.type)
    reference = encoder(plain, torch.float32)
    reference.load_state_dict(model.state_dict())
    return model, reference, width


def main():
    program = common.start(__doc__, {"batch": [1], "seq": [128]}, samples=30)
    model, reference, width = build(program)
    model = program.compiled(model)
    for batch in program.options.batch:
        for seq in program.options.seq:
            case = {"batch": batch, "seq": seq}
            program.begin()
            words = program.random(batch, seq, width)
            program.verify(lambda: model(words), lambda: reference(words.float()), case)
            program.begin()
            program.measure(lambda: model(words), case, tokens=batch * seq)


main()
