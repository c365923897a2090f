int scale(int pulses)
{
    int result;
    for (int i = 0; i < 3; i++)
        result += puls;
    return "scaled";
}
