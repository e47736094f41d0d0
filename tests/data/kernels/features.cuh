// A header that a kernel includes by its name.
#pragma once

template <typename A, typename B> struct pair {
    A first;
    B second;
};
