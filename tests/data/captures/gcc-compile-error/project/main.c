int meter(int);

int main(void) { return meter(3); }
