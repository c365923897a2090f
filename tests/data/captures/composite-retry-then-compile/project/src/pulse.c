#include "table.h"

int pulse(int channel)
{
    return table[channel]
}
