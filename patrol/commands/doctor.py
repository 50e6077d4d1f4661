"""`patrol doctor`: what is here, what is missing, what each missing part would give."""

from patrol.commands.options import JsonOption


def doctor(as_json: JsonOption = False) -> int:
    """Say what is installed, what is missing and what each missing part would give."""
    from rich.table import Table

    from patrol.console import print_json, stdout
    from patrol.doctor import examine

    parts = examine()
    broken = [part for part in parts if part.needed and part.found is None]
    if as_json:
        print_json({"parts": parts, "ready": not broken})
        return 1 if broken else 0
    table = Table("part", "found", "gives", "where missing", title="patrol doctor")
    for part in parts:
        absent = "[red]missing[/red]" if part.needed else "[yellow]no[/yellow]"
        table.add_row(
            part.name,
            f"[green]{part.found}[/green]" if part.found else absent,
            part.gives,
            "" if part.found else part.remedy,
        )
    stdout.print(table)
    stdout.print("[red]a patrol cannot run here yet[/red]" if broken else "everything a patrol needs is here")
    return 1 if broken else 0
