#include <string>

int width(const std::string &line)
{
    return static_cast<int>(line.length_in_columns());
}
