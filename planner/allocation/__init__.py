"""Integers and time shared out: targets, posts, rooms, opening hours, half-years; arrays in, proved answers out."""
