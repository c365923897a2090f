#include <stdio.h>
#include <string.h>

int error(int, char *);
int error_log(int, char *);
int fatal_error(int, char *);

int main(int count, char **words)
{
    error(0, 0);
    error_log(0, 0);
    fatal_error(0, 0);
    printf("ERROR: (expected by the test) cannot open /dev/meter0\n");
    if (count > 1 && strcmp(words[1], "handling_exits") == 0) {
        printf("error_log: wanted exit status 2 after a fatal error, got 0\n");
        return 1;
    }
    return 0;
}
