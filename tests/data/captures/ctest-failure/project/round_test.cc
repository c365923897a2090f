#include <cassert>
#include <cstdio>
#include <cstring>

static int rounded(double value) { return static_cast<int>(value); }

int main(int, char **argv)
{
    if (std::strcmp(argv[1], "down") == 0)
        assert(rounded(2.2) == 2);
    if (std::strcmp(argv[1], "half") == 0)
        assert(rounded(2.5) == 3);
    std::puts("ok");
}
