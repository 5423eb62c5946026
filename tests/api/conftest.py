from tests.support.servers import make_server, server

__all__ = ["make_server", "server"]
