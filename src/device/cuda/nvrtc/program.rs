//! One compilation.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

use super::{Nvrtc, NvrtcError, check, library};

/// What is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program<'a> {
    /// The source's text.
    pub source: &'a str,
    /// What messages call it.
    pub name: &'a str,
    /// The options, the architecture among them.
    pub options: &'a [String],
    /// The kernels that are wanted, as C++ name expressions: `triad<float, 4>`.
    pub entries: &'a [&'a str],
}

/// Machine code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// The cubin.
    pub cubin: Vec<u8>,
    /// The mangled name of each entry, in their order.
    pub names: Vec<String>,
    /// The compiler's warnings; empty where it has none.
    pub log: String,
}

/// Why a program doesn't compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// It has mistakes; the log names file and line.
    #[error("{words}")]
    Mistakes {
        /// NVRTC's words.
        words: String,
        /// The compiler's log.
        log: String,
    },
    /// It holds a NUL, which no program may.
    #[error("{0} holds a NUL")]
    Nul(&'static str),
    /// The compiler itself failed.
    #[error(transparent)]
    Nvrtc(#[from] NvrtcError),
}

/// A program that is destroyed when dropped.
struct Handle<'a> {
    opened: &'a library::Opened,
    program: library::Program,
}

impl Drop for Handle<'_> {
    fn drop(&mut self) {
        // SAFETY: destroys what `create` made, once.
        unsafe { (self.opened.calls.destroy)(&raw mut self.program) };
    }
}

impl Nvrtc {
    /// Compiles `program` to a cubin. May be called from several threads.
    pub fn compile(&self, program: &Program<'_>) -> Result<Compiled, CompileError> {
        let handle = create(&self.opened, program)?;
        let entries: Vec<CString> = program
            .entries
            .iter()
            .map(|entry| CString::new(*entry).map_err(|_| CompileError::Nul("the entry")))
            .collect::<Result<_, _>>()?;
        for entry in &entries {
            // SAFETY: the program lives, the entry ends with a NUL.
            let code =
                unsafe { (self.opened.calls.add_expression)(handle.program, entry.as_ptr()) };
            check(&self.opened, "nvrtcAddNameExpression", code)?;
        }
        let log = handle.compile(program.options)?;
        let names = entries
            .iter()
            .map(|entry| handle.lowered(entry))
            .collect::<Result<_, _>>()?;
        Ok(Compiled {
            cubin: handle.cubin()?,
            names,
            log,
        })
    }
}

fn create<'a>(
    opened: &'a library::Opened,
    program: &Program<'_>,
) -> Result<Handle<'a>, CompileError> {
    let source = CString::new(program.source).map_err(|_| CompileError::Nul("the source"))?;
    let name = CString::new(program.name).map_err(|_| CompileError::Nul("the source's name"))?;
    let mut handle = ptr::null_mut();
    // SAFETY: both strings end with a NUL and are copied; the handle that is stored is destroyed by `Handle`.
    let code = unsafe {
        (opened.calls.create)(
            &raw mut handle,
            source.as_ptr(),
            name.as_ptr(),
            0,
            ptr::null(),
            ptr::null(),
        )
    };
    check(opened, "nvrtcCreateProgram", code)?;
    Ok(Handle {
        opened,
        program: handle,
    })
}

impl Handle<'_> {
    /// Compiles and gives the log.
    fn compile(&self, options: &[String]) -> Result<String, CompileError> {
        let options: Vec<CString> = options
            .iter()
            .map(|option| CString::new(option.as_str()).map_err(|_| CompileError::Nul("an option")))
            .collect::<Result<_, _>>()?;
        let pointers: Vec<*const c_char> = options.iter().map(|option| option.as_ptr()).collect();
        let count = c_int::try_from(pointers.len()).unwrap_or(c_int::MAX);
        // SAFETY: the program lives; the options end with a NUL and outlive the call.
        let code = unsafe { (self.opened.calls.compile)(self.program, count, pointers.as_ptr()) };
        let log = self.log();
        match code {
            0 => Ok(log),
            _ => Err(CompileError::Mistakes {
                words: self.opened.calls.words(code),
                log,
            }),
        }
    }

    /// The log without its final NUL; empty where it can't be had.
    fn log(&self) -> String {
        let calls = &self.opened.calls;
        let text = self.bytes(calls.log_size, calls.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.trim_end_matches(['\0', '\n', ' ']).to_owned()
    }

    fn cubin(&self) -> Result<Vec<u8>, CompileError> {
        let calls = &self.opened.calls;
        let cubin = self.bytes(calls.cubin_size, calls.cubin);
        cubin.map_err(|code| {
            let words = calls.words(code);
            let call = "nvrtcGetCUBIN";
            CompileError::Nvrtc(NvrtcError::Refused { call, words })
        })
    }

    /// What a pair of calls for a size and for bytes gives, or the code of the one that failed.
    fn bytes(
        &self,
        size: unsafe extern "C" fn(library::Program, *mut usize) -> c_int,
        get: unsafe extern "C" fn(library::Program, *mut c_char) -> c_int,
    ) -> Result<Vec<u8>, c_int> {
        let mut length = 0;
        // SAFETY: stores a number.
        let code = unsafe { size(self.program, &raw mut length) };
        if code != 0 {
            return Err(code);
        }
        let mut bytes = vec![0_u8; length];
        // SAFETY: writes as many bytes as the first call has told.
        let code = unsafe { get(self.program, bytes.as_mut_ptr().cast()) };
        if code == 0 { Ok(bytes) } else { Err(code) }
    }

    fn lowered(&self, entry: &CStr) -> Result<String, CompileError> {
        let mut name = ptr::null();
        // SAFETY: the entry was added as a name expression; the pointer that is stored lives as long as the program.
        let code = unsafe {
            (self.opened.calls.lowered_name)(self.program, entry.as_ptr(), &raw mut name)
        };
        check(self.opened, "nvrtcGetLoweredName", code)?;
        // SAFETY: a string that ends with a NUL, copied before the program is destroyed.
        let name = unsafe { CStr::from_ptr(name) };
        Ok(name.to_string_lossy().into_owned())
    }
}
