#!/usr/bin/env python3
"""Libraries as workloads beside PyTorch.

    libraries.py suite                  prints the suite
    libraries.py torch                  times PyTorch's calls: a name and microseconds a line
    libraries.py compare RECORD FILE    a line for each pair: 0 where they agree, else 1, and what they are
"""
import json
import pathlib
import statistics
import sys

SIZE, WORDS = 4096, 1 << 26
# Name: call, type of inputs, of the output, parameters, and the reference's type and tolerance.
PRODUCTS = {
    "lt-fp32": ("cublaslt.matmul", "f32", "f32", "", "Fp32", "absolute = 1e-2"),
    "lt-tf32": ("cublaslt.matmul", "f32", "f32", ', compute = "tf32"', "Tf32", "absolute = 0.25"),
    "lt-fp16": ("cublaslt.matmul", "f16", "f16", "", "Fp16", "absolute = 1e-2, relative = 2e-3"),
    "lt-bf16": ("cublaslt.matmul", "bf16", "bf16", "", "Bf16", "absolute = 1e-2, relative = 1e-2"),
    "lt-fp8": ("cublaslt.matmul", "e4m3", "bf16", ", fast-accumulation = true", "Fp8", "absolute = 2, relative = 2e-2"),
    "gemm-fp32": ("cublas.gemm", "f32", "f32", "", "Fp32", "absolute = 1e-2"),
    "gemm-tf32": ("cublas.gemm", "f32", "f32", ', compute = "tf32"', "Tf32", "absolute = 0.25"),
    "gemm-fp16": ("cublas.gemm", "f16", "f16", "", "Fp16", "absolute = 1e-2, relative = 2e-3"),
    "gemm-bf16": ("cublas.gemm", "bf16", "bf16", "", "Bf16", "absolute = 1e-2, relative = 1e-2"),
}
MOVES = {
    "on-device": "", "to-device-pinned": 'from = "host"', "to-device-pageable": 'from = "host", memory = "pageable"',
    "to-host-pinned": 'to = "host"', "to-host-pageable": 'to = "host", memory = "pageable"',
}
# How far the two may lie apart: pageable copies go at the speed of the host, which others share.
NEAR, PAGEABLE = 0.05, 0.5


def suite():
    print('format = 1\n[suite]\nname = "libraries"\n[device]\nkind = "cuda"\n[repetition]\nprocesses = 2\nsamples = 30\n'
          'budget = "700ms"')
    for name, (call, given, made, more, kind, tolerance) in PRODUCTS.items():
        for suffix, timing in (("", "events"), ("-graph", "graph")):
            if suffix and name not in ("lt-bf16", "gemm-bf16"):
                continue
            print(f"""[[workload]]
name = "{name}{suffix}"
library = "{call}"
with = {{ m = {SIZE}, n = {SIZE}, k = {SIZE}{more} }}
timing = "{timing}"
args = [{{ in = "{given}", len = {SIZE * SIZE}, fill = {{ uniform = [-1, 1] }} }},
  {{ in = "{given}", len = {SIZE * SIZE}, fill = {{ uniform = [-1, 1] }} }}, {{ out = "{made}", len = {SIZE * SIZE} }},
  {{ u32 = {SIZE} }}, {{ u32 = {SIZE} }}, {{ u32 = {SIZE} }}]
verify = {{ source = "../kernels/matmul.cu", reference = "matmul_reference<{kind}>", grid = [{SIZE * SIZE // 256}], block = [256], {tolerance} }}""")
    for name, parameters in MOVES.items():
        for suffix, timing in (("", "events"), ("-graph", "graph")):
            if suffix and name not in ("on-device", "to-device-pinned", "to-host-pinned"):
                continue
            print(f"""[[workload]]
name = "{name}{suffix}"
library = "memcpy"
with = {{ {parameters} }}
timing = "{timing}"
args = [{{ in = "u32", len = {WORDS}, fill = "integers" }}, {{ out = "u32", len = {WORDS} }}]""")
    print(f"""[[workload]]
name = "set"
library = "memset"
with = {{ value = 305419896 }}
timing = "events"
args = [{{ out = "u32", len = {WORDS} }}]""")


def torch_times():
    import torch

    through = torch.zeros(2 * torch.cuda.get_device_properties(0).L2_cache_size // 4, dtype=torch.int32, device="cuda")

    def timed(call, count=30):
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        times = []
        for _ in range(count + 5):
            through.max()
            start.record()
            call()
            stop.record()
            torch.cuda.synchronize()
            times.append(start.elapsed_time(stop) * 1e3)
        return statistics.median(times[5:])

    def matrix(kind):
        return (torch.rand(SIZE, SIZE, device="cuda") * 2 - 1).to(kind)

    kinds = {"fp32": torch.float32, "tf32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    for name, kind in kinds.items():
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        a, b = matrix(kind), matrix(kind)
        print(name, timed(lambda: torch.matmul(a, b.T)))
    if torch.cuda.get_device_capability() >= (8, 9):
        a, b, one = matrix(torch.float8_e4m3fn), matrix(torch.float8_e4m3fn), torch.ones((), device="cuda")
        print("fp8", timed(lambda: torch._scaled_mm(a, b.T, one, one, out_dtype=torch.bfloat16, use_fast_accum=True)))
    here, there = (torch.zeros(WORDS, dtype=torch.int32, device="cuda") for _ in range(2))
    pageable = torch.zeros(WORDS, dtype=torch.int32)
    pinned = pageable.pin_memory()
    print("on-device", timed(lambda: there.copy_(here)))
    print("to-device-pinned", timed(lambda: here.copy_(pinned, non_blocking=True)))
    print("to-host-pinned", timed(lambda: pinned.copy_(here, non_blocking=True)))
    print("to-device-pageable", timed(lambda: here.copy_(pageable), 8))
    print("to-host-pageable", timed(lambda: pageable.copy_(here), 8))
    print("set", timed(lambda: here.fill_(305419896)))


def compare(record, file):
    library = dict(line.split() for line in pathlib.Path(file).read_text().splitlines())
    own = {}
    for path in sorted(pathlib.Path(record).glob("process-*.jsonl")):
        for line in path.read_text().splitlines():
            case = json.loads(line).get("case")
            if case and case["series"]:
                own.setdefault(case["case"], []).append(statistics.median(case["series"][0]["samples"]) / 1e3)
    own = {name: statistics.median(times) for name, times in own.items()}
    wanted = [*PRODUCTS, *MOVES, "set"]
    pairs = [(name, own.get(name), float(library.get(name.split("-", 1)[1] if name in PRODUCTS else name, "nan")), "PyTorch")
             for name in wanted]
    pairs += [(name, own[name], own.get(name.removesuffix("-graph"), float("nan")), "events")
              for name in own if name.endswith("-graph")]
    for name, mine, other, what in pairs:
        near = PAGEABLE if "pageable" in name else NEAR
        # Slower than the other is wrong; PyTorch's own work beside the call may make it the slower one.
        right = mine is not None and mine <= other * (1 + near)
        print(int(not right), f"{name}: {mine and round(mine, 1)} us, {what} {other:.1f} us, ratio {mine and mine / other:.3f}")


if sys.argv[1] == "suite":
    suite()
elif sys.argv[1] == "torch":
    torch_times()
else:
    compare(*sys.argv[2:])
