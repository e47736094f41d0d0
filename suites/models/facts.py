"""Prints what times of these models depend on: PyTorch's version, and the GPU. Imports no PyTorch, which takes seconds."""

import ctypes
from importlib import metadata


def torch_version():
    """The installed version, with the CUDA version that it was built for."""
    try:
        return "torch " + metadata.version("torch")
    except metadata.PackageNotFoundError:
        return "no torch"


def gpu():
    """The name of the first GPU that programs see, by the driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        name = ctypes.create_string_buffer(128)
        device = ctypes.c_int()
        if (
            driver.cuInit(0) == 0
            and driver.cuDeviceGet(ctypes.byref(device), 0) == 0
            and driver.cuDeviceGetName(name, len(name), device) == 0
        ):
            return name.value.decode()
    except (OSError, AttributeError):
        pass
    return "no GPU"


print("%s, %s" % (torch_version(), gpu()))
