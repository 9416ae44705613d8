"""What `start.py` says on the terminal."""

from saas.console import Catalogue, translate

TEXTS: Catalogue = {
    "usage": (
        "python3 start.py              installs what is needed into .venv, then runs Cardume\n"
        "python3 start.py --only NAMES runs only these processes of an installation on several hosts\n"
        "python3 start.py test         checks format, lint, types and imports, then runs every test\n"
        "python3 start.py test ARGS    runs only pytest with these arguments, for example: test -k orders\n"
        "\n"
        "Settings come from the environment or from .env in DATA_DIR, for example:\n"
        "  WEB_PORT=8001 DASHBOARD_PORT=8502 DATA_DIR=~/cardume python3 start.py",
        "python3 start.py              instala o que falta em .venv e roda o Cardume\n"
        "python3 start.py --only NOMES roda só estes processos de uma instalação em várias máquinas\n"
        "python3 start.py test         verifica formato, estilo, tipos e importações e roda todos os testes\n"
        "python3 start.py test ARGS    roda só o pytest com estes argumentos, por exemplo: test -k orders\n"
        "\n"
        "As configurações vêm do ambiente ou do .env em DATA_DIR, por exemplo:\n"
        "  WEB_PORT=8001 DASHBOARD_PORT=8502 DATA_DIR=~/cardume python3 start.py",
    ),
    "unknown": ("start.py does not know: {arguments}", "start.py não conhece: {arguments}"),
    "windows": (
        "Cardume runs on Linux and macOS. On Windows, run it inside WSL (wsl --install) or in a container.",
        "O Cardume roda em Linux e macOS. No Windows, rode dentro do WSL (wsl --install) ou em um contêiner.",
    ),
    "no_venv": (
        "Python's venv module is missing. On Debian or Ubuntu: apt install python{version}-venv",
        "Falta o módulo venv do Python. No Debian ou Ubuntu: apt install python{version}-venv",
    ),
    "no_permission": (
        "The folder {folder} cannot be written by this user. "
        "Copy Cardume to a folder of your own and start it there.",
        "Este usuário não pode escrever na pasta {folder}. Copie o Cardume para uma pasta sua e inicie de lá.",
    ),
    "no_space": (
        "The disk of {folder} has {free} MB free; the installation needs {needed} MB.",
        "O disco de {folder} tem {free} MB livres; a instalação precisa de {needed} MB.",
    ),
    "making": ("Making .venv ...", "Criando .venv ..."),
    "waiting": (
        "Another start.py is installing; waiting for it ...",
        "Outro start.py está instalando; esperando por ele ...",
    ),
    "installing": (
        "Installing {count} packages; the first time takes a minute or two ...",
        "Instalando {count} pacotes; a primeira vez leva um ou dois minutos ...",
    ),
    "progress": ("  {done} of {count}: {package}", "  {done} de {count}: {package}"),
    "unpacking": ("  unpacking ...", "  descompactando ..."),
    "installed": ("Installed in {seconds} s.", "Instalado em {seconds} s."),
    "venv_failed": (
        "Making .venv failed. The end of its output:\n{lines}\n"
        "Delete the folder .venv and start again; on Debian or Ubuntu first: apt install python{version}-venv",
        "A criação de .venv falhou. O fim da saída:\n{lines}\n"
        "Apague a pasta .venv e inicie de novo; no Debian ou Ubuntu antes: apt install python{version}-venv",
    ),
    "pip_failed": (
        "pip could not install the packages. The end of its output:\n{lines}\n"
        "Check the network, the proxy and the disk and start again: what is there already is kept.",
        "O pip não conseguiu instalar os pacotes. O fim da saída:\n{lines}\n"
        "Verifique a rede, o proxy e o disco e inicie de novo: o que já foi instalado fica.",
    ),
    "interrupted": (
        "Interrupted. The next start takes it up again.",
        "Interrompido. O próximo início continua.",
    ),
    "passed": ("ok      {name} ({seconds} s)", "ok      {name} ({seconds} s)"),
    "failed": ("FAILED  {name} ({seconds} s)", "FALHOU  {name} ({seconds} s)"),
}


def say(key: str, **values: object) -> str:
    return translate(TEXTS, key, values)
