//! Code identity and the cache: what is the same code, and when a compiler runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

const SOURCE: &str = "#include \"scale.cuh\"\n\
    __global__ void k(int* p) { p[threadIdx.x] = scale(threadIdx.x); }\n\
    __global__ void other(int* p) { p[0] = 1; }\n";
const HEADER: &str = "__device__ int scale(int x) { return 3 * x; }\n";

/// A checkout with one kernel.
struct Checkout {
    folder: tempfile::TempDir,
    cache: tempfile::TempDir,
}

impl Checkout {
    fn new() -> Self {
        let checkout = Self {
            folder: tempfile::tempdir().expect("a folder"),
            cache: tempfile::tempdir().expect("a folder"),
        };
        checkout.write(SOURCE, HEADER);
        checkout
    }

    fn write(&self, source: &str, header: &str) {
        let kernels = self.folder.path().join("kernels");
        fs::create_dir_all(&kernels).expect("a folder");
        fs::write(kernels.join("k.cu"), source).expect("written");
        fs::write(kernels.join("scale.cuh"), header).expect("written");
    }

    fn task(&self) -> KernelTask {
        let mut task = task(&self.folder.path().join("kernels/k.cu"), "k");
        task.args = vec![output(ElementType::I32, 1)];
        task
    }

    fn compile(&self, host: &Host, task: &KernelTask) -> Artefact {
        host.compile(&case(task), self.cache.path())
            .expect("it compiles")
    }

    /// The identity as a new process finds it.
    fn identity(&self) -> Option<String> {
        self.compile(&Host::new(1), &self.task()).identity
    }
}

#[test]
fn identity_is_the_codes_and_not_the_texts() {
    let checkout = Checkout::new();
    let first = checkout.identity();
    assert!(first.is_some());
    assert_eq!(
        Checkout::new().identity(),
        first,
        "elsewhere, with another cache"
    );
    let commented = SOURCE.replace("{ p[threadIdx.x]", "{ // a remark\n p[threadIdx.x]");
    let other = commented.replace("p[0] = 1", "p[0] = 2");
    checkout.write(&other, &format!("// more\n\n{HEADER}"));
    assert_eq!(checkout.identity(), first, "a comment, and another kernel");
    checkout.write(SOURCE, &HEADER.replace('3', "5"));
    assert_ne!(checkout.identity(), first, "a header's code");
}

#[test]
fn identity_is_the_launchs_too() {
    let checkout = Checkout::new();
    let host = Host::new(1);
    let identity = |change: &dyn Fn(&mut KernelTask)| {
        let mut task = checkout.task();
        change(&mut task);
        checkout.compile(&host, &task).identity
    };
    let changes: [&dyn Fn(&mut KernelTask); 6] = [
        &|_| {},
        &|task| task.grid = [2, 1, 1],
        &|task| task.block = [2, 1, 1],
        &|task| task.shared = 16,
        &|task| task.args = vec![output(ElementType::I32, 2)],
        &|task| task.args = vec![buffer(Role::InOut, ElementType::I32, 1, Fill::Iota)],
    ];
    let found: std::collections::BTreeSet<_> = changes.iter().map(|c| identity(c)).collect();
    assert_eq!(found.len(), changes.len());
}

/// A compiler that notes each of its runs in `log`.
fn noting(folder: &Path, log: &Path) -> Compiler {
    let real = Compiler::find().expect("the tests need a C++ compiler: install g++");
    let path = folder.join("noting");
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in --version) ;; *) echo run >> '{}' ;; esac\nexec {} \"$@\"\n",
        log.display(),
        real.program().display()
    );
    fs::write(&path, script).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made executable");
    Compiler::at(path).expect("it answers")
}

#[test]
fn an_unchanged_kernel_starts_no_compiler() {
    let checkout = Checkout::new();
    let log = checkout.folder.path().join("log");
    let compiler = noting(checkout.folder.path(), &log);
    let runs = || {
        let host = Host::with_compiler(1, Some(compiler.clone()));
        let artefact = checkout.compile(&host, &checkout.task());
        let text = fs::read_to_string(&log).expect("the log");
        fs::remove_file(&log).ok();
        fs::write(&log, "").expect("an empty log");
        (text.lines().count(), artefact)
    };
    fs::write(&log, "").expect("an empty log");
    let (first, artefact) = runs();
    assert_eq!(first, 2, "the preprocessor and the compiler");
    assert_eq!(runs().0, 0, "nothing has changed");
    checkout.write(SOURCE, &HEADER.replace('3', "4"));
    assert_eq!(runs().0, 2, "a header has changed");
    checkout.write(SOURCE, HEADER);
    let object = artefact.path.expect("an object");
    fs::write(&object, "broken").expect("written");
    assert_eq!(runs().0, 2, "the object was damaged");
}

#[test]
fn two_at_once_share_a_cache() {
    let checkout = Checkout::new();
    std::thread::scope(|scope| {
        let compile = || checkout.identity();
        let threads = [scope.spawn(compile), scope.spawn(compile)];
        let found = threads.map(|thread| thread.join().expect("it compiles"));
        assert_eq!(found[0], found[1]);
    });
    let mut folders = vec![checkout.cache.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy().into_owned();
            assert!(!name.contains(".warpmark-"), "{name} is left over");
            assert_ne!(path.extension(), Some("cu".as_ref()), "{name}");
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
}
