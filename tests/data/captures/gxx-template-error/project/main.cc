#include <algorithm>
#include <string>
#include <vector>

struct Reading {
    std::string name;
    double value;
};

int main()
{
    std::vector<Reading> all{{"b", 2}, {"a", 1}};
    std::sort(all.begin(), all.end());
    return 0;
}
