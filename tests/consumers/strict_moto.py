"""moto's server, which refuses a disabled access key as AWS does. Arguments are moto_server's."""
from moto.iam import access_control
from moto.server import main

known = access_control.IAMUserAccessKey.__init__


def init(self, *args, **kwargs):
    known(self, *args, **kwargs)
    users = self.backend.list_users("/", None, None)
    keys = [key for user in users for key in user.access_keys]
    if any(key.access_key_id == self._access_key_id and key.status != "Active" for key in keys):
        raise access_control.CreateAccessKeyFailure(reason="InvalidId")


access_control.IAMUserAccessKey.__init__ = init
main()
