"""Chats: from the cells of tables to turns."""
