//! What a workload says of another harness' results.

use crate::manifest::formula::Template;

table! {
    /// The file of another harness that holds the results.
    ResultsTable {
        /// The harness.
        "format" (required) format: HarnessWord,
        /// The file, as in "{out}/r.json".
        "path" (required) path: Template,
    }
}

words! {
    /// Harnesses whose files are read.
    HarnessWord {
        /// NVBench.
        "nvbench" Nvbench,
        /// Google Benchmark.
        "google-benchmark" GoogleBenchmark,
        /// pytest-benchmark.
        "pytest-benchmark" PytestBenchmark,
        /// hyperfine.
        "hyperfine" Hyperfine,
    }
}
