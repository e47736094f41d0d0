"""A decoder that generates tokens with a key-value cache: time to first token, tokens a second, by batch.

22 layers of width 2,048 with 16 heads and a gated hidden width of 5,632, RMS norm, rotary positions, 32,000 words, as
models of a billion weights have them; 1.2 billion random ones. A prompt of 512 tokens, then 64 tokens, the most likely
one each. bf16 on a GPU, float32 on a CPU. `--size tiny` has 2 layers of width 64, a prompt of 16 and 8 tokens.

With `--compile` the step of one token goes through torch.compile; the prompt is read as it is.
"""

import time

import common
import warpmark

# Layers, width, heads, hidden width, words, tokens of the prompt, tokens that are generated.
SIZES = {"base": (22, 2048, 16, 5632, 32000, 512, 64), "tiny": (2, 64, 4, 176, 256, 16, 8)}
# As many rows of a batch are verified.
VERIFIED = 2


def build(program):
    """The class of the decoder; it needs PyTorch."""
    torch = program.torch
    nn = torch.nn
    layers, width, heads, hidden, words, _, _ = SIZES[program.size]
    depth = width // heads
    fused = common.fused_attention(torch)

    def normal(x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + 1e-6)).to(x.dtype)

    def turned(x, turn):
        cosine, sine = turn
        low, high = x.float().chunk(2, -1)
        return torch.cat([low * cosine - high * sine, high * cosine + low * sine], -1).to(x.dtype)

    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.project = nn.Linear(width, 3 * width, bias=False)
            common.sharpen(torch, self.project)
            self.join = nn.Linear(width, width, bias=False)
            self.widen = nn.Linear(width, 2 * hidden, bias=False)
            self.narrow = nn.Linear(hidden, width, bias=False)

        def forward(self, x, turn, attention):
            batch, places, _ = x.shape
            parts = self.project(normal(x)).view(batch, places, 3, heads, depth)
            query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
            attended = attention(self, turned(query, turn), turned(key, turn), value)
            x = x + self.join(attended.transpose(1, 2).reshape(batch, places, width))
            gate, value = self.widen(normal(x)).chunk(2, -1)
            return x + self.narrow(nn.functional.silu(gate) * value)

    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([Layer() for _ in range(layers)])
            self.words = nn.Embedding(words, width)
            # So that a word's own vector doesn't decide which word follows it.
            nn.init.normal_(self.words.weight, std=width**-0.5)

        def reserve(self, batch, places):
            """A cache of `places` for each layer, at an address that stays, as CUDA graphs need it."""
            angles = torch.arange(places, device=program.device).float()[:, None] * (
                10000.0 ** (-torch.arange(0, depth, 2, device=program.device).float() / depth)
            )
            self.register_buffer("cosines", angles.cos(), persistent=False)
            self.register_buffer("sines", angles.sin(), persistent=False)
            self.register_buffer("all_places", torch.arange(places, device=program.device), persistent=False)
            for layer in self.layers:
                for name in ("keys", "values"):
                    empty = torch.zeros(
                        batch, heads, places, depth, device=program.device, dtype=self.words.weight.dtype
                    )
                    layer.register_buffer(name, empty, persistent=False)

        def forward(self, tokens, places):
            """The scores of the word after each row of `tokens`, which stand at `places`; the cache holds what is before."""
            mask = (self.all_places[None, :] <= places[:, None])[None, None]

            def cached(layer, query, key, value):
                layer.keys.index_copy_(2, places, key)
                layer.values.index_copy_(2, places, value)
                return fused(query, layer.keys, layer.values, mask)

            return self.scores(self.run(tokens, places, cached)[:, -1])

        def plain(self, tokens, places):
            """The same without a cache, of all places at once."""
            mask = torch.ones(len(places), len(places), dtype=torch.bool, device=program.device).tril()

            def whole(_layer, query, key, value):
                return common.attend(torch, query, key, value, mask)

            return self.run(tokens, places, whole)

        def run(self, tokens, places, attention):
            x = self.words(tokens)
            turn = self.cosines[places], self.sines[places]
            for layer in self.layers:
                x = layer(x, turn, attention)
            return normal(x)

        def scores(self, x):
            return x @ self.words.weight.t()

    return Decoder


class Generation:
    """Generates from one prompt, again and again."""

    def __init__(self, program, model, step, batch):
        self.torch = program.torch
        _, _, _, _, words, self.prompt_length, self.count = SIZES[program.size]
        places = self.prompt_length + self.count
        model.reserve(batch, places)
        self.model, self.step = model, step
        self.prompt = self.torch.randint(words, (batch, self.prompt_length), device=program.device)
        self.places = self.torch.arange(places, device=program.device)
        self.tokens = None

    def __call__(self, after_first=lambda: None, keep=None):
        """The generated tokens, [batch, count]; calls `after_first` when the first one is there."""
        scores = self.model(self.prompt, self.places[: self.prompt_length])
        tokens = []
        for number in range(self.count):
            if number > 0:
                place = self.places[self.prompt_length + number - 1].view(1)
                scores = self.step(tokens[-1], place)
            if keep is not None:
                keep.append(scores[:VERIFIED].clone())
            # A copy: a CUDA graph writes its next output over this one.
            tokens.append(scores.argmax(-1, keepdim=True).clone())
            if number == 0:
                after_first()
        return self.torch.cat(tokens, 1)

    def scores(self):
        """The scores that the first rows' tokens were chosen by, [rows, count, words]."""
        kept = []
        self.tokens = self(keep=kept)
        return self.torch.stack(kept, 1)

    def expected(self, reference):
        """What `scores` gave must be: all tokens of its last call through a float32 model without a cache."""
        tokens = self.torch.cat([self.prompt, self.tokens], 1)[:VERIFIED, :-1]
        reference.reserve(1, len(self.places))
        outputs = reference.plain(tokens, self.places[:-1])
        return reference.scores(outputs[:, self.prompt_length - 1 :])


def timed(generate, program):
    """Nanoseconds until the first token, and until the last."""
    if not program.cuda:
        marks = [time.perf_counter_ns()]
        generate(lambda: marks.append(time.perf_counter_ns()))
        marks.append(time.perf_counter_ns())
        return marks[1] - marks[0], marks[2] - marks[0]
    cuda = program.torch.cuda
    begin, first, end = (cuda.Event(enable_timing=True) for _ in range(3))
    cuda.synchronize()
    begin.record()
    generate(first.record)
    end.record()
    end.synchronize()
    return begin.elapsed_time(first) * 1e6, begin.elapsed_time(end) * 1e6


def main():
    program = common.start(__doc__, {"batch": [1]}, samples=3)
    Decoder = build(program)
    with program.placed():
        model = Decoder().to(program.type).eval()
    step = program.compiled(model)
    for batch in program.options.batch:
        case = {"batch": batch}
        program.begin()
        generate = Generation(program, model, step, batch)
        with program.placed():
            reference = Decoder().eval()
        reference.load_state_dict(model.state_dict())
        program.verify(generate.scores, lambda: generate.expected(reference), case)
        del reference
        program.begin()
        times = [timed(generate, program) for _ in range(program.samples)]
        warpmark.report("time", [whole for _, whole in times], "ns", "lower", case)
        warpmark.report("first-token", [first for first, _ in times], "ns", "lower", case)
        rest = [(whole - first) / (generate.count - 1) for first, whole in times]
        warpmark.report("next-token", rest, "ns", "lower", case)
        program.report_rest(generate, case, tokens=batch * generate.count)


main()
