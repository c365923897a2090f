<?php
echo "forum: build\n";

function page(string $text): string
{
    return render_markdown($text);
}

echo page('# hello');
