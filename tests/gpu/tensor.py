"""Kernels of the tensor cores against PyTorch: right, and how fast beside the library.

    python3 tensor.py KERNELS NAME      checks one of NAMES in several shapes, then times it
    python3 tensor.py KERNELS mma-bf16@128,128,3   with other template arguments: rows, columns, stages, height of stripes
    python3 tensor.py KERNELS --compile compiles all of them, and needs no GPU

Prints a line a shape, `time NAME ...` with the ratio to the library, and exits 1 where something is wrong.
"""

import ctypes
import glob
import math
import os
import statistics
import subprocess
import sys

M, N, K, HEADS, LENGTH = 8192, 8192, 8192, 64, 8192

# Name: source, entry, and what else the check of its family needs.
PRODUCTS = {
    "simt-fp32": ("matmul_simt<Fp32>", "fp32"),
    "mma-tf32": ("matmul_mma<Tf32>", "tf32"),
    "mma-fp16": ("matmul_mma<Fp16>", "fp16"),
    "mma-bf16": ("matmul_mma<Bf16>", "bf16"),
    "wgmma-bf16": ("matmul_wgmma<Bf16>", "bf16"),
    "wgmma-fp8": ("matmul_wgmma<Fp8>", "fp8"),
}
ATTENTIONS = {
    f"attention-{head}{'-causal' if causal else ''}": (head, causal) for head in (64, 128) for causal in (False, True)
}
REFERENCES = {"matmul.cu": [f"matmul_reference<{t}>" for t in ("Fp32", "Tf32", "Fp16", "Bf16", "Fp8")]
              + [f"matmul_tma_reference<{t}>" for t in ("Bf16", "Fp8")],
              "attention.cu": [f"attention_reference<{h}, {c}>" for h in (64, 128) for c in ("false", "true")]}
STAGES = 4 * 384 * 128
TILES = (128, 256, 4, 16)  # matmul_mma's rows and columns, stages, and rows of tiles in a stripe
# What each must reach, as a share of the library's speed.
GOALS = {"simt-fp32": 0.80, "mma-bf16": 0.60, "wgmma-bf16": 0.85, "wgmma-fp8": 0.75,
         "attention-128": 0.60, "attention-128-causal": 0.60}


def nvrtc():
    """NVRTC, its built-ins loaded before it."""
    folders = [os.environ.get("WARPMARK_NVRTC", ""), *glob.glob("/usr/local/cuda*/lib64"),
               *(f for p in sys.path for f in glob.glob(os.path.join(p, "nvidia", "*", "lib")))]
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, "libnvrtc.so.*"))):
            for builtins in glob.glob(os.path.join(folder, "libnvrtc-builtins.so*")):
                ctypes.CDLL(builtins, mode=ctypes.RTLD_GLOBAL)
            return ctypes.CDLL(path)
    sys.exit("no libnvrtc.so: set WARPMARK_NVRTC to its folder")


def compiled(path, entries, architecture="sm_90a"):
    """The machine code of `path`, and the mangled names of `entries`."""
    library, program = nvrtc(), ctypes.c_void_p()
    with open(path, "rb") as file:
        source = file.read()
    assert library.nvrtcCreateProgram(ctypes.byref(program), source, os.path.basename(path).encode(), 0, None, None) == 0
    for entry in entries:
        assert library.nvrtcAddNameExpression(program, entry.encode()) == 0
    options = (ctypes.c_char_p * 1)(f"--gpu-architecture={architecture}".encode())
    code, size = library.nvrtcCompileProgram(program, 1, options), ctypes.c_size_t()
    library.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    library.nvrtcGetProgramLog(program, log)
    if log.value.strip():
        print(log.value.decode().strip())
    if code != 0:
        sys.exit(f"{path} does not compile")
    names = []
    for entry in entries:
        name = ctypes.c_char_p()
        assert library.nvrtcGetLoweredName(program, entry.encode(), ctypes.byref(name)) == 0
        names.append(name.value)
    library.nvrtcGetCUBINSize(program, ctypes.byref(size))
    image = ctypes.create_string_buffer(size.value)
    library.nvrtcGetCUBIN(program, image)
    return image.raw, names


def ok(code, what):
    if code != 0:
        sys.exit(f"{what}: CUDA error {code}")


class Kernel:
    """A kernel in PyTorch's own context."""

    def __init__(self, path, entry, shared):
        self.cuda, self.shared = ctypes.CDLL("libcuda.so.1"), shared
        image, names = compiled(path, [entry])
        module, self.function = ctypes.c_void_p(), ctypes.c_void_p()
        ok(self.cuda.cuModuleLoadData(ctypes.byref(module), image), "cuModuleLoadData")
        ok(self.cuda.cuModuleGetFunction(ctypes.byref(self.function), module, names[0]), entry)
        if shared > 48 * 1024:
            ok(self.cuda.cuFuncSetAttribute(self.function, 8, shared), "cuFuncSetAttribute")

    def launcher(self, grid, block, arguments):
        """A function that launches it; `arguments` are values of ctypes, kept alive."""
        pointers = (ctypes.c_void_p * len(arguments))(*(ctypes.addressof(argument) for argument in arguments))

        def launch():
            stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
            code = self.cuda.cuLaunchKernel(self.function, grid, 1, 1, block, 1, 1, self.shared, stream, pointers, None)
            ok(code, "cuLaunchKernel")

        launch.kept = arguments
        return launch

    def tensor_map(self, matrix, kind, box):
        """A descriptor of a matrix whose rows are contiguous, with a swizzle of 128 bytes."""
        rows, columns = matrix.shape
        words = (ctypes.c_uint64 * 32)()
        start = (-ctypes.addressof(words)) % 64
        descriptor = (ctypes.c_uint64 * 16).from_buffer(words, start)
        descriptor.words = words
        code = self.cuda.cuTensorMapEncodeTiled(
            ctypes.byref(descriptor), kind, 2, ctypes.c_void_p(matrix.data_ptr()),
            (ctypes.c_uint64 * 2)(columns, rows), (ctypes.c_uint64 * 1)(columns * matrix.element_size()),
            (ctypes.c_uint32 * 2)(*box), (ctypes.c_uint32 * 2)(1, 1), 0, 3, 2, 0)
        ok(code, "cuTensorMapEncodeTiled")
        return descriptor


def address(tensor):
    return ctypes.c_uint64(tensor.data_ptr())


def operand(kind, rows, columns):
    x = torch.randn(rows, columns, device="cuda")
    types = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp8": torch.float8_e4m3fn}
    return x.to(types[kind]) if kind in types else x


def fp8_error(kernel, name):
    """The largest error of fp8's sums of 8,192 products, of inputs as the suite's."""
    a, b = ((torch.rand(1024, K, device="cuda") * 2 - 1).to(torch.float8_e4m3fn) for _ in range(2))
    launch, c = product(kernel, name, a, b)
    launch()
    torch.cuda.synchronize()
    wanted = a.double() @ b.double().T
    error = (c.double() - wanted).abs()
    large = wanted.abs() > 1
    ratio = (c.double() / wanted)[large]
    print(f"  uniform, k = {K}: largest error {float(error.max()):.3g}, mean {float(error.mean()):.3g}, of values up to "
          f"{float(wanted.abs().max()):.4g}; found/wanted {float(ratio.mean()):.4f} on average")


def product(kernel, name, a, b):
    """A launcher of the product of `a` and `b`, and where it writes."""
    (m, k), n = a.shape, b.shape[0]
    kind = PRODUCTS[name][1]
    output = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp8": torch.bfloat16}.get(kind, torch.float32)
    c = torch.full((m, n), float("nan"), device="cuda", dtype=output)
    arguments = [address(a), address(b), address(c)]
    tiles, block = m // 128 * (n // (128 if name == "simt-fp32" else 256)), 256
    if name.startswith("mma"):
        tiles, block = m // TILES[0] * (n // TILES[1]), TILES[0] * TILES[1] // 128
    if name.startswith("wgmma"):
        depth, number = (128, 0) if kind == "fp8" else (64, 9)
        arguments += [kernel.tensor_map(a, number, (depth, 128)), kernel.tensor_map(b, number, (depth, 256))]
        tiles, block = min(tiles, torch.cuda.get_device_properties(0).multi_processor_count), 384
    arguments += [ctypes.c_uint32(size) for size in (m, n, k)]
    return kernel.launcher(tiles, block, arguments), c


def compare(what, found, wanted, bound):
    """Whether `found` is within `bound` of `wanted` everywhere; says where it isn't."""
    error = (found.double() - wanted).abs()
    wrong = ~(error <= bound)
    count = int(wrong.sum())
    print(f"  {what}: largest error {float(error.nan_to_num(math.inf).max()):.3g}, "
          f"largest allowed {float(bound.max()):.3g}, wrong {count} of {wrong.numel()}")
    if count:
        at = wrong.reshape(-1, wrong.shape[-1])
        rows, columns = at.any(1).nonzero().flatten(), at.any(0).nonzero().flatten()
        row = int(rows[0])
        column = int(at[row].nonzero()[0])
        flat, want = found.reshape(-1, found.shape[-1]), wanted.reshape(-1, wanted.shape[-1])
        print(f"    first at row {row}, column {column}: {float(flat[row, column])}, should be {float(want[row, column])}")
        print(f"    wrong rows {len(rows)}: {rows[:12].tolist()}; columns {len(columns)}: {columns[:12].tolist()}")
        print(f"    row {row} from column {column}: {flat[row, column:column + 8].tolist()}")
        print(f"    should be {want[row, column:column + 8].tolist()}")
        print(f"    not written (NaN): {int(found.isnan().sum())}")
    return count == 0


def check_product(kernel, name):
    """fp32 sums: each of k terms may lose 2^-24 of the sum; tf32 leaves out 13 bits; fp8's sums keep about 13 bits."""
    kind, right = PRODUCTS[name][1], True
    share = {"fp32": 1e-6, "tf32": 2e-3, "fp16": 1e-3, "bf16": 5e-3, "fp8": 2e-2}[kind]
    for m, n, k in [(128, 256, 128), (128, 256, 640), (256, 512, 256), (1280, 768, 1024), (2048, 2304, 512), (256, 512, 8192)]:
        a, b = operand(kind, m, k), operand(kind, n, k)
        launch, c = product(kernel, name, a, b)
        launch()
        torch.cuda.synchronize()
        x, y = a.to(torch.float64), b.to(torch.float64)
        wanted = x @ y.T
        bound = share * wanted.abs() + share * 4 * math.sqrt(k) * (0.01 if kind in ("fp16", "bf16") else 1)
        right &= compare(f"{m} x {n} x {k}", c, wanted, bound)
        first = c.clone()
        launch()
        torch.cuda.synchronize()
        same = bool((first.view(torch.uint8) == c.view(torch.uint8)).all())
        print(f"    again: {'the same bits' if same else 'OTHER BITS'}")
        right &= same
    return right


def library_product(kind, a, b):
    if kind == "fp8":
        one = torch.ones((), device="cuda")
        return lambda: torch._scaled_mm(a, b.T, one, one, out_dtype=torch.bfloat16, use_fast_accum=True)
    torch.backends.cuda.matmul.allow_tf32 = kind == "tf32"
    return lambda: a @ b.T


def attention(kernel, q, k, v, causal):
    heads, length, head = q.shape
    o = torch.full_like(q, float("nan"))
    arguments = [address(t) for t in (q, k, v, o)] + [ctypes.c_uint32(length)]
    return kernel.launcher(heads * length // 128, 128, arguments), o


def inputs(heads, length, head):
    return [torch.randn(heads, length, head, device="cuda").to(torch.bfloat16) for _ in range(3)]


def check_attention(kernel, name):
    """Weights are rounded to bf16 for the second product, and results again: 2^-9 of each."""
    (head, causal), right = ATTENTIONS[name], True
    for heads, length in [(1, 128), (3, 256), (2, 640), (4, 1024)]:
        q, k, v = inputs(heads, length, head)
        launch, o = attention(kernel, q, k, v, causal)
        launch()
        torch.cuda.synchronize()
        score = q.double() @ k.double().transpose(1, 2) / math.sqrt(head)
        if causal:
            later = torch.ones(length, length, device="cuda", dtype=torch.bool).triu(1)
            score = score.masked_fill(later, -math.inf)
        wanted = score.softmax(-1) @ v.double()
        deviation = wanted.std(-1, keepdim=True)
        right &= compare(f"{heads} heads x {length} x {head}", o, wanted, 0.01 * wanted.abs() + 0.03 * deviation)
    return right


def seconds(launch, rounds=15):
    """The median time of a launch by events."""
    for _ in range(3):
        launch()
    times = []
    for _ in range(rounds):
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        launch()
        stop.record()
        stop.synchronize()
        times.append(start.elapsed_time(stop) / 1e3)
    return statistics.median(times)


def clock(launch, taken):
    """SM clock and power while it runs for a second."""
    for _ in range(int(1 / taken)):
        launch()
    said = subprocess.run(["nvidia-smi", "--query-gpu=clocks.sm,power.draw", "--format=csv,noheader"],
                          capture_output=True, text=True, check=False)
    torch.cuda.synchronize()
    return said.stdout.strip()


def report(name, flops, ours, libraries):
    """Ours and the libraries' times, and whether the goal is met."""
    texts = [f"time {name}: {ours * 1e3:.3f} ms, {flops / ours / 1e12:.1f} TFLOP/s"]
    for library, taken in libraries.items():
        texts.append(f"{library} {taken * 1e3:.3f} ms, {flops / taken / 1e12:.1f} TFLOP/s, ratio {taken / ours:.3f}")
    print("; ".join(texts))
    goal = GOALS.get(name.split()[0])
    if goal and libraries:
        ratio = next(iter(libraries.values())) / ours
        print(f"goal {name}: {ratio:.3f} of {goal}: {'met' if ratio >= goal else 'MISSED'}")
        return ratio >= goal
    return True


def time_product(kernel, name):
    kind = PRODUCTS[name][1]
    sizes = [4096, 8192] if kind == "fp32" else [8192]
    met = True
    for size in sizes:
        a, b = operand(kind, size, size), operand(kind, size, size)
        launch, _ = product(kernel, name, a, b)
        label = name if size == M else f"{name} at {size}"
        times = {"torch": seconds(library_product(kind, a, b))}
        ours = seconds(launch)
        print(f"  under load: {clock(launch, ours)}; torch: {clock(library_product(kind, a, b), times['torch'])}")
        met &= report(label, 2 * size**3, ours, times)
    return met


def time_attention(kernel, name):
    from torch.nn.attention import SDPBackend, sdpa_kernel

    head, causal = ATTENTIONS[name]
    q, k, v = inputs(HEADS, LENGTH, head)
    launch, _ = attention(kernel, q, k, v, causal)
    q4, k4, v4 = (t.view(4, HEADS // 4, LENGTH, head) for t in (q, k, v))
    times = {}
    for label, backend in (("flash", SDPBackend.FLASH_ATTENTION), ("cudnn", SDPBackend.CUDNN_ATTENTION)):
        try:
            with sdpa_kernel(backend):
                times[label] = seconds(
                    lambda: torch.nn.functional.scaled_dot_product_attention(q4, k4, v4, is_causal=causal), 8)
        except RuntimeError as error:
            print(f"  {label} is not to be had: {str(error).splitlines()[0]}")
    flops = 4 * HEADS * LENGTH**2 * head // (2 if causal else 1)
    return report(name, flops, seconds(launch, 8), times)


def main():
    global torch, TILES
    folder, (name, _, tiles) = sys.argv[1], sys.argv[2].partition("@")
    if tiles:
        given = tuple(map(int, tiles.split(",")))
        TILES = given + TILES[len(given):]
    if name == "--compile":
        compiled(f"{folder}/matmul.cu", [entry for entry, _ in PRODUCTS.values()] + REFERENCES["matmul.cu"])
        entries = [f"attention<{head}, {str(causal).lower()}>" for head, causal in ATTENTIONS.values()]
        compiled(f"{folder}/attention.cu", entries + REFERENCES["attention.cu"])
        print("all compile")
        return
    import torch

    torch.manual_seed(1)
    torch.zeros(1, device="cuda")
    if name in PRODUCTS:
        shared = 0 if name == "simt-fp32" else STAGES + (1024 if name.startswith("wgmma") else 0)
        entry = PRODUCTS[name][0]
        if name.startswith("mma"):
            entry, shared = f"{entry[:-1]}, {', '.join(map(str, TILES))}>", TILES[2] * (TILES[0] + TILES[1]) * 128
        kernel = Kernel(f"{folder}/matmul.cu", entry, shared)
        right = check_product(kernel, name)
        if name == "wgmma-fp8":
            fp8_error(kernel, name)
        met = time_product(kernel, name)
    else:
        head, causal = ATTENTIONS[name]
        kernel = Kernel(f"{folder}/attention.cu", f"attention<{head}, {str(causal).lower()}>", 768 * head)
        right = check_attention(kernel, name)
        met = time_attention(kernel, name)
    print(f"{'right' if right else 'WRONG'} {name}")
    sys.exit(0 if right and met else 1 if not right else 2)


main()
