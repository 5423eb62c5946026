from tests.support.servers import https_server, make_server, server, sqlite_server

__all__ = ["https_server", "make_server", "server", "sqlite_server"]
