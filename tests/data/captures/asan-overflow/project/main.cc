#include <cstdio>
#include <vector>

int average(const int *list, int count)
{
    int sum = 0;
    for (int i = 0; i <= count; i++)
        sum += list[i];
    return sum / count;
}

int main()
{
    std::vector<int> list(10, 4);
    std::printf("average %d\n", average(list.data(), 10));
}
