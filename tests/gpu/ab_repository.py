"""A git repository with three commits of one suite, written without git: ab_repository.py FOLDER

The suite has 30 cases. Every commit changes a constant that no launch reads, so that the machine code of all cases
differs and all of them are measured; the third also gives `lone` 1 % more iterations.
"""
import hashlib
import pathlib
import sys
import zlib

KERNELS = """\
// Work of a known amount. TAG is never stored: it only makes the code of two commits differ.
__global__ void copy(const float4* in, float4* out, unsigned n) {
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        out[i] = in[i];
    }
    if (n == 0) {
        out[0].x = TAG;
    }
}

__global__ void scale(const float4* in, float4* out, float by, unsigned n) {
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
        float4 v = in[i];
        out[i] = make_float4(by * v.x, by * v.y, by * v.z, by * v.w);
    }
    if (n == 0) {
        out[0].x = TAG;
    }
}

__global__ void iterate(const float* in, float* out, unsigned rounds) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    float v = in[i];
    for (unsigned k = 0; k < rounds; ++k) {
        v = v * 0.999f + 0.001f;
    }
    out[i] = v;
    if (rounds == 0) {
        out[0] = TAG;
    }
}
"""

SUITE = """\
format = 1
[suite]
name = "thirty"
[device]
kind = "cuda"
[repetition]
samples = 40
warmup = 3
timing = "events"
seed = 1
"""


def workload(name, entry, axis, values, scalar):
    copies = entry in ("copy", "scale")
    length = f'"4 * {axis}"' if copies else '"2^18"'
    extra = "{ f32 = 3.0 }, " if entry == "scale" else ""
    grid = '"1056"' if copies else '"1024"'
    return f"""
[[workload]]
name = "{name}"
kernel = {{ source = "../kernels/thirty.cu", entry = "{entry}", defines = {{ TAG = "%TAG%" }} }}
axes = {{ {axis} = {values} }}
grid = [{grid}]
block = ["256"]
args = [{{ in = "f32", len = {length}, fill = "uniform" }}, {{ out = "f32", len = {length} }}, {extra}{{ u32 = "{scalar}" }}]
verify = "none"
"""


def suite(tag, more):
    sizes = [(8 + 2 * i) << 19 for i in range(10)]
    rounds = [12000 + 2000 * i for i in range(9)]
    text = SUITE
    text += workload("copy", "copy", "n", sizes, "n")
    text += workload("scale", "scale", "n", sizes, "n")
    text += workload("iterate", "iterate", "rounds", rounds, "rounds")
    text += workload("lone", "iterate", "base", [20000], f"base + {more}")
    return text.replace("%TAG%", str(tag))


class Repository:
    def __init__(self, folder):
        self.git = pathlib.Path(folder) / ".git"
        for name in ("objects", "refs/heads", "refs/tags"):
            (self.git / name).mkdir(parents=True)
        (self.git / "HEAD").write_text("ref: refs/heads/main\n")
        (self.git / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")

    def store(self, kind, content):
        whole = b"%s %d\0" % (kind.encode(), len(content)) + content
        name = hashlib.sha1(whole).hexdigest()
        path = self.git / "objects" / name[:2] / name[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(whole))
        return name

    def tree(self, entries):
        rows = [f"{mode} {name}\0".encode() + bytes.fromhex(of) for mode, name, of in sorted(entries, key=lambda e: e[1])]
        return self.store("tree", b"".join(rows))

    def commit(self, message, text, parent):
        kernels = self.tree([("100644", "thirty.cu", self.store("blob", KERNELS.encode()))])
        suites = self.tree([("100644", "thirty.toml", self.store("blob", text.encode()))])
        root = self.tree([("40000", "kernels", kernels), ("40000", "suites", suites)])
        person = "Test <test@example.com> 1700000000 +0000"
        lines = [f"tree {root}"] + ([f"parent {parent}"] if parent else [])
        lines += [f"author {person}", f"committer {person}", "", message, ""]
        name = self.store("commit", "\n".join(lines).encode())
        (self.git / "refs/heads/main").write_text(name + "\n")
        return name


def main():
    folder = pathlib.Path(sys.argv[1])
    repository = Repository(folder)
    parent = None
    for tag, more, message in ((1, 0, "base"), (2, 0, "the same work"), (3, 200, "one case 1 % more")):
        text = suite(tag, more)
        parent = repository.commit(message, text, parent)
        (repository.git / "refs/tags" / f"v{tag}").write_text(parent + "\n")
    (folder / "kernels").mkdir()
    (folder / "suites").mkdir()
    (folder / "kernels/thirty.cu").write_text(KERNELS)
    (folder / "suites/thirty.toml").write_text(text)


main()
