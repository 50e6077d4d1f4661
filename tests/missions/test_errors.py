"""Errors as people read them."""

from missions.errors import InputError


def test_an_input_error_is_one_line_whatever_it_quotes() -> None:
    field = "classes.0\ntwo_wheeler"
    error = InputError("not a number: '0\n'", file="map.yaml", line=3, field=field, remedy="a\nnumber")
    assert str(error) == "map.yaml:3: classes.0\\ntwo_wheeler: not a number: '0\\n' (a\\nnumber)"
    assert error.field == field, "as it stands in the file"
