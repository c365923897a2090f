int pulse(int);

int main(void) { return pulse(2); }
