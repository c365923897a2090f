int main(void)
{
    int list[4] = {1, 2, 3, 4};
    return list[4];
}
