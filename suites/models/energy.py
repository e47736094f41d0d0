"""Joules of an execution on an NVIDIA GPU, by NVML's energy counter.

NVML is asked by ctypes, so nothing but the driver is needed. Only readings are made; nothing is set.
"""

import ctypes
import threading
import time

# Seconds of work before the window, and of the window.
SETTLE, WINDOW = 0.2, 0.6
# Seconds between two looks at the counter.
LOOK = 0.002
# Executions are waited for after so many seconds' worth of them.
QUEUE = 0.01


def of(function, torch):
    """Joules of one call of `function` back to back with others, or None where the GPU has no energy counter.

    The counter moves some times a second. A thread notes when: power is the energy between the window's first step and
    its last over the time between them, and a call takes power times its own share of the time.
    """
    counter = _counter(torch)
    if counter is None:
        return None
    began = time.perf_counter()
    function()
    torch.cuda.synchronize()
    took = max(time.perf_counter() - began, 1e-6)
    calls = max(1, int(QUEUE / took))

    def work():
        for _ in range(calls):
            function()
        torch.cuda.synchronize()

    _for(SETTLE - took, work)
    looks, stop = [], threading.Event()
    looker = threading.Thread(target=_look, args=(counter, looks, stop), daemon=True)
    looker.start()
    elapsed, times = _for(WINDOW, work)
    stop.set()
    looker.join()
    watts = power(looks)
    return None if watts is None else watts * elapsed / (times * calls)


def power(looks):
    """Watts of (seconds, millijoules) in order: from the first step of the counter to the last. None without two steps."""
    steps = [now for before, now in zip(looks, looks[1:]) if now[1] != before[1]]
    if len(steps) < 2:
        return None
    (first, low), (last, high) = steps[0], steps[-1]
    return (high - low) / 1e3 / (last - first)


def _for(seconds, work):
    """Works for so many seconds: how long it was in fact, and how often."""
    began, times = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        work()
        times += 1
    return time.perf_counter() - began, times


def _look(counter, looks, stop):
    while not stop.is_set():
        looks.append((time.perf_counter(), counter()))
        stop.wait(LOOK)


def _counter(torch):
    """A function that reads the millijoules of the GPU that PyTorch uses; None where that can't be read."""
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
        driver = ctypes.CDLL("libcuda.so.1")
        torch.cuda.init()
        # PyTorch's number of a device is the driver's; NVML has numbers of its own, and knows the address.
        address = ctypes.create_string_buffer(32)
        handle = ctypes.c_void_p()
        total = ctypes.c_ulonglong()
        read = nvml.nvmlDeviceGetTotalEnergyConsumption
        found = (
            driver.cuDeviceGetPCIBusId(address, len(address), torch.cuda.current_device()) == 0
            and nvml.nvmlInit_v2() == 0
            and nvml.nvmlDeviceGetHandleByPciBusId_v2(address, ctypes.byref(handle)) == 0
            and read(handle, ctypes.byref(total)) == 0
        )
    except (OSError, AttributeError):
        return None
    if not found:
        return None

    def millijoules():
        read(handle, ctypes.byref(total))
        return total.value

    return millijoules
