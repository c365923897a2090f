int first(const int *list, unsigned count)
{
    for (int i = 0; i < count; i++)
        if (list[i] > 0)
            return list[i];
    return 0;
}
