#include <stdio.h>
#include <modbus/modbus.h>

int main(void) { return 0; }
