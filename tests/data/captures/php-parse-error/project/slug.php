<?php
function slug(string $title): string
{
    $words = explode(' ', $title)
    return implode('-', $words);
}
