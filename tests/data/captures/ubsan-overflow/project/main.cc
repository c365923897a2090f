#include <cstdio>
#include <cstdlib>

int twice(int value) {
    return value * 2;
}

int main(int, char **argv)
{
    std::printf("%d\n", twice(std::atoi(argv[1])));
}
