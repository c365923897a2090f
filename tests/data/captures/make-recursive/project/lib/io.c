int io(void)
{
    return open_port(3);
}
