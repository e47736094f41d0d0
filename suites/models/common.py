"""What the reference models share: what they need, seeded weights, verification, samples, energy.

No PyTorch is imported before `start`, so that a machine without it can say so.
"""

import argparse
import contextlib
import ctypes
import hashlib
import sys

import warpmark
import energy

SEED = 1
# The largest distance from the reference, as the root of the mean square over that of the reference. bf16 keeps 8 bits
# of each number, and some hundred roundings follow one another: right models are off by 0.003 to 0.02. A position that is
# wrong by one after the prompt, or scores that are 10 % too large, are off by 0.17.
TOLERANCE = {"bfloat16": 0.04, "float32": 1e-4}


class Program:
    """One run of a program: PyTorch, the device, the type of numbers, the size, and the shapes to measure."""

    def __init__(self, torch, options):
        self.torch = torch
        self.size = options.size
        self.samples = options.samples
        self.compile = options.compile
        self.cuda = options.device == "cuda"
        self.device = torch.device(options.device)
        self.type = torch.bfloat16 if self.cuda else torch.float32
        self.options = options

    def compiled(self, function):
        """`function`, through torch.compile where the program was asked to. One shape at a time, by CUDA graphs."""
        if not self.compile:
            return function
        return self.torch.compile(function, mode="reduce-overhead", dynamic=False, fullgraph=True)

    def placed(self):
        """Within it, what PyTorch makes is made on the device: weights in an instant, by the device's own generator."""
        return self.device if self.cuda else contextlib.nullcontext()

    def random(self, *shape):
        """Normally distributed numbers, the same in every process on the same kind of device."""
        return self.torch.randn(*shape, device=self.device, dtype=self.type)

    def begin(self):
        """Before a shape: the same inputs whatever was measured before, and a peak of memory of its own."""
        self.torch.manual_seed(SEED)
        if self.cuda:
            self.torch.cuda.reset_peak_memory_stats()

    def measure(self, function, case, tokens=None):
        """Reports how long `function` takes, the memory it needs, its energy, and the tokens that go through it."""
        warpmark.measure(function, samples=self.samples, warmup=3, case=case)
        self.report_rest(function, case, tokens)

    def report_rest(self, function, case, tokens=None):
        """All but the time."""
        warpmark.report_peak_memory(case=case)
        if tokens is not None:
            warpmark.report("tokens", tokens, "count", "higher", case)
        joules = energy.of(function, self.torch) if self.cuda else None
        if joules is not None:
            warpmark.report("energy", joules, "joules", "lower", case)

    def verify(self, function, expected, case):
        """Ends the program with an error unless `function` gives what `expected` gives, and twice the same bits.

        Prints the sha256 of the output, which the record keeps.
        """
        found = function().float().clone()
        again = function().float()
        problem = difference(found, again, expected(), TOLERANCE[str(self.type).split(".")[-1]])
        if problem:
            sys.exit("wrong output at %s: %s" % (case, problem))
        bits = found.cpu().contiguous()
        # By its address: NumPy may be missing.
        bits = ctypes.string_at(bits.data_ptr(), bits.numel() * bits.element_size())
        digest = hashlib.sha256(bits).hexdigest()
        print("verified %s: output sha256 %s" % (case, digest))


def difference(found, again, expected, tolerance):
    """What is wrong with `found`, in words; None where nothing is."""
    if found.shape != expected.shape:
        return "its shape is %s, not %s" % (tuple(found.shape), tuple(expected.shape))
    if not bool(found.isfinite().all()):
        return "there are numbers that are not finite"
    if not bool((found == again).all()):
        return "the same input gave other bits the second time"
    distance = float((found - expected.float()).norm() / expected.float().norm())
    # `not <=`: NaN is wrong too.
    if not distance <= tolerance:
        return "it is %.3g off the reference, and %.3g is allowed" % (distance, tolerance)
    return None


def attend(torch, query, key, value, mask=None):
    """Attention as it is written in books: softmax(Q Kᵀ / √d) V, of [batch, head, place, d]."""
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(-1) @ value


def sharpen(torch, project):
    """Draws the weights that make queries and keys so that attention prefers some places, as a trained model's does.

    With PyTorch's own start all places weigh nearly the same, and the output hardly tells a wrong place from a right one.
    """
    torch.nn.init.normal_(project.weight, std=1.5 * project.in_features**-0.5)


def fused_attention(torch):
    """PyTorch's own attention; before PyTorch 2 there is none, and the book's is taken."""
    own = getattr(torch.nn.functional, "scaled_dot_product_attention", None)
    if own is None:
        return lambda query, key, value, mask=None: attend(torch, query, key, value, mask)
    return lambda query, key, value, mask=None: own(query, key, value, attn_mask=mask)


def start(about, axes, samples):
    """Reads the command line, imports PyTorch, and returns the program, or says what is missing and ends."""
    options = _arguments(about, axes, samples)
    try:
        import torch
    except ImportError as error:
        lacks("PyTorch is missing (%s): `python3 -m pip install torch`" % error)
    if not hasattr(torch, "compile") and options.compile:
        lacks("torch.compile needs PyTorch 2, and this is %s" % torch.__version__)
    if options.device == "auto":
        options.device = "cuda" if torch.cuda.is_available() else "cpu"
        if options.device == "cpu" and options.size == "base":
            lacks("PyTorch %s finds no GPU; `--axis size=tiny` runs on the CPU" % torch.__version__)
    if options.device == "cuda" and not hasattr(torch, "compile"):
        lacks("the GPU needs PyTorch 2, and this is %s" % torch.__version__)
    torch.manual_seed(SEED)
    # The references are plain float32.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_grad_enabled(False)
    if options.device == "cuda":
        # cuDNN's attention of one new token adds in an order of its own each time (PyTorch 2.11 on an H100).
        torch.backends.cuda.enable_cudnn_sdp(False)
    if options.device == "cpu" and options.size == "tiny":
        # So small a model is only held up by threads that wait for one another.
        torch.set_num_threads(1)
    return Program(torch, options)


def lacks(what):
    """Says what this machine lacks, and ends the program: the cases are unsupported, with these words beside them."""
    warpmark.unsupported(what)
    sys.exit(0)


def _arguments(about, axes, samples):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--size", choices=["base", "tiny"], default="base")
    parser.add_argument("--device", choices=["auto", "cuda", "cpu"], default="auto")
    parser.add_argument("--samples", type=_positive, default=samples)
    parser.add_argument("--compile", action="store_true", help="through torch.compile")
    for axis, values in axes.items():
        parser.add_argument("--" + axis, type=_list, default=values, help="whole numbers with commas between")
    return parser.parse_args()


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("%d is not 1 or more" % value)
    return value


def _list(text):
    return [_positive(part) for part in text.split(",")]
