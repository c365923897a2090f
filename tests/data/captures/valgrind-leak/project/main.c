#include <stdlib.h>
#include <string.h>

static char *read_name(void)
{
    return strcpy(malloc(32), "meter");
}

int main(void)
{
    return strlen(read_name()) == 5 ? 0 : 1;
}
