int main(void)
{
    int *channel = 0;
    return *channel;
}
