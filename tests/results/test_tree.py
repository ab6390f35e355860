"""The JSON tree of the result page."""

from results.tree import Node, depth, size, tree_of


def test_every_kind_of_value_is_a_node() -> None:
    document = {"a": [1, 2.5, True, None, "x"], "b": {}}
    assert tree_of(document) == Node(
        None,
        "object",
        "",
        (
            Node(
                "a",
                "array",
                "",
                (
                    Node("0", "number", "1"),
                    Node("1", "number", "2.5"),
                    Node("2", "boolean", "true"),
                    Node("3", "null", "null"),
                    Node("4", "string", "x"),
                ),
            ),
            Node("b", "object", ""),
        ),
    )


def test_a_tree_knows_its_size_and_a_node_its_children() -> None:
    tree = tree_of({"a": [1, 2]})
    assert (size(tree), tree.count, tree.children[0].count) == (4, 1, 2)


def test_a_tree_knows_its_depth() -> None:
    assert [depth(tree_of(document)) for document in (1, [1], {"a": [1]})] == [1, 2, 3]
