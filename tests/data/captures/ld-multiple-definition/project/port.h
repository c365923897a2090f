int baud_rate = 9600;
int open_port(void);
