<?php

use PHPUnit\Framework\TestCase;

final class SlugTest extends TestCase
{
    private function slug(string $title): string
    {
        return trim(preg_replace('/[^a-z]+/', '-', strtolower($title)), '-');
    }

    public function testErrorTitle(): void
    {
        $this->assertSame('error-page', $this->slug('Error Page'));
    }

    public function testKeepsNumbers(): void { $this->assertSame('top-10', $this->slug('Top 10'), 'numbers belong in a slug'); }
}
