"""What `up` says on the terminal."""

from saas.console import Catalogue, translate

TEXTS: Catalogue = {
    "already_up": (
        "Cardume is already running with the data in {directory} (process {pid}).\n"
        "Stop that one first, or choose another folder: DATA_DIR=/another/folder python3 start.py",
        "O Cardume já está rodando com os dados em {directory} (processo {pid}).\n"
        "Pare aquele primeiro ou escolha outra pasta: DATA_DIR=/outra/pasta python3 start.py",
    ),
    "port_in_use": (
        "Port {port} is in use by another program, and {what} needs it.\n"
        "Stop that program, or choose another port: {setting}={free} python3 start.py",
        "A porta {port} está em uso por outro programa, e {what} precisa dela.\n"
        "Pare aquele programa ou escolha outra porta: {setting}={free} python3 start.py",
    ),
    "port_not_allowed": (
        "Port {port} for {what} cannot be opened here: {reason}\n"
        "Choose another one: {setting}={free} python3 start.py",
        "A porta {port} para {what} não pode ser aberta aqui: {reason}\n"
        "Escolha outra: {setting}={free} python3 start.py",
    ),
    "no_redis": (
        "No Redis for this machine was found. Install one (on Debian: apt install redis-server), "
        "or name one with REDIS_URL=redis://...",
        "Nenhum Redis para esta máquina foi encontrado. Instale um (no Debian: apt install redis-server) "
        "ou indique um com REDIS_URL=redis://...",
    ),
    "unknown_process": (
        "There is no process called {unknown}. There are: {names}",
        "Não há processo chamado {unknown}. Há: {names}",
    ),
    "unknown_option": (
        "up does not know {option}. It takes --only with names out of: {names}",
        "up não conhece {option}. Aceita --only com nomes dentre: {names}",
    ),
    "wrong_use": (
        "--only wants names, separated by commas ({reason}): {names}",
        "--only quer nomes separados por vírgulas ({reason}): {names}",
    ),
    "nothing_shared": (
        "Not set on this host: {names}. A host that runs a part of an installation takes them from the first host: the "
        "addresses of its PostgreSQL and Redis, and the lines of its .env.",
        "Não definido nesta máquina: {names}. Uma máquina que roda parte de uma instalação os recebe da primeira: os "
        "endereços do PostgreSQL e do Redis dela e as linhas do .env dela.",
    ),
    "refused": ("Cardume does not start: {reason}", "O Cardume não inicia: {reason}"),
    "runs_here": (
        "\nCardume runs here: {names}.\n  Logs        {logs}",
        "\nO Cardume está rodando aqui: {names}.\n  Registros   {logs}",
    ),
    "no_folder": (
        "The folder {directory} cannot be written: {reason}\nChoose another with DATA_DIR=/another/folder",
        "Não é possível escrever na pasta {directory}: {reason}\nEscolha outra com DATA_DIR=/outra/pasta",
    ),
    "starting": (
        "Starting Cardume with the data in {directory} ...",
        "Iniciando o Cardume com os dados em {directory} ...",
    ),
    "started": ("{name} started as process {pid}", "{name} iniciado como processo {pid}"),
    "ready": ("{name} is ready", "{name} está pronto"),
    "ended": ("{name} has ended", "{name} terminou"),
    "died": ("{name} ended ({how}); starting it again", "{name} terminou ({how}); iniciando de novo"),
    "silent": (
        "{name} runs but has given no sign of life for {seconds} s; ending it",
        "{name} está em execução, mas não dá sinal de vida há {seconds} s; encerrando",
    ),
    "exit_code": ("exit code {code}", "código de saída {code}"),
    "backed_off": (
        "{name} keeps ending; the next try is in {seconds} s. Its last output:\n{lines}",
        "{name} continua terminando; a próxima tentativa é em {seconds} s. Sua última saída:\n{lines}",
    ),
    "not_ready": (
        "Not ready after a minute: {names}. Cardume keeps trying; see {log}",
        "Não ficou pronto em um minuto: {names}. O Cardume continua tentando; veja {log}",
    ),
    "addresses": (
        "\nCardume runs.\n  Dashboard   {dashboard}\n  API         {api}\n"
        "  Operator    {admin}\n  Logs        {logs}",
        "\nO Cardume está rodando.\n  Painel      {dashboard}\n  API         {api}\n"
        "  Operador    {admin}\n  Registros   {logs}",
    ),
    "demo": (
        "  Demo log-in: {email} with the password {password}",
        "  Acesso de demonstração: {email} com a senha {password}",
    ),
    "operator": (
        "  Operator log-in: {email} with the password {password} (shown only now; keep it)",
        "  Acesso do operador: {email} com a senha {password} (mostrada só agora; guarde-a)",
    ),
    "how_to_stop": ("Ctrl-C stops it.", "Ctrl-C para tudo."),
    "stopping": ("Stopping ...", "Parando ..."),
    "stopped": ("Cardume has stopped.", "O Cardume parou."),
    "web": ("the web server", "o servidor web"),
    "dashboard": ("the dashboard", "o painel"),
    "paper": ("the paper exchange", "a corretora de simulação"),
}


def say(key: str, **values: object) -> str:
    return translate(TEXTS, key, values)
